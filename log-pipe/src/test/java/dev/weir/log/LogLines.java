// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Keeps the lines that Weir logs until it is closed. */
final class LogLines extends Handler implements AutoCloseable {

    /** Kept, as java.util.logging forgets a logger that is not referenced. */
    private final Logger logger = Logger.getLogger("weir");

    private final List<String> lines = new CopyOnWriteArrayList<>();

    LogLines() {
        logger.addHandler(this);
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public void publish(LogRecord record) {
        lines.add(record.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
