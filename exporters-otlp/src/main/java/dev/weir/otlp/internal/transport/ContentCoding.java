// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

/** How a payload is compressed. */
public enum ContentCoding {
    /** Not at all. */
    IDENTITY("none"),
    /** gzip. */
    GZIP("gzip"),
    /** Zstandard. */
    ZSTD("zstd");

    private final String label;

    ContentCoding(String label) {
        this.label = label;
    }

    /** The name in headers and settings. */
    public String label() {
        return label;
    }
}
