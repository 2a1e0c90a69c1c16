// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

/** The hand of the test on one source: called while a foreign trace is current. */
interface Emitter {

    void next();

    void complete();

    void error(Throwable error);

    /** Whether its value is its end. */
    boolean isSingle();

    /** Whether it can still say something. */
    boolean isOpen();
}
