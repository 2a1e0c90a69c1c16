// SPDX-License-Identifier: Apache-2.0
package brave;

/** Has what is asked of Brave's class of this name: the tracing that runs, null for none. */
public final class Tracing {

    private static volatile Tracing current;

    private Tracing() {}

    public static Tracing current() {
        return current;
    }

    /** @param runs whether one runs from now on */
    public static void runs(boolean runs) {
        current = runs ? new Tracing() : null;
    }
}
