// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

/** The error that sources of these tests end with. */
final class Boom extends RuntimeException {

    private static final long serialVersionUID = 1;

    Boom() {
        super("boom", null, false, false);
    }
}
