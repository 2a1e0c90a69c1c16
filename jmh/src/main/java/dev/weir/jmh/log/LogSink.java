// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.log;

/** One way to log a message of a thread with a current span. */
interface LogSink extends AutoCloseable {

    void log(String message);

    /** Records that did not get in, so far; -1 when it does not say. */
    default long dropped() {
        return -1;
    }

    @Override
    void close();
}
