// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

/** One way in which a pipeline can be built, with a check in every lambda. */
record Case(String name, Body body) {

    @FunctionalInterface
    interface Body {
        void run(Probe p) throws Exception;
    }

    @Override
    public String toString() {
        return name;
    }
}
