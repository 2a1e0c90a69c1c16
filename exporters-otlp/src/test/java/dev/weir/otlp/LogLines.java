// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Hears what the export says to people. */
final class LogLines extends Handler implements AutoCloseable {

    /** Kept, as java.util.logging forgets a logger that nobody holds. */
    private final Logger logger;

    private final List<String> lines = new CopyOnWriteArrayList<>();

    LogLines() {
        this("weir.otlp");
    }

    LogLines(String name) {
        logger = Logger.getLogger(name);
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
