// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

/** How request bodies are compressed. */
public enum Compression {
    /** As they are. */
    NONE,
    /** By gzip, which every receiver must accept. */
    GZIP
}
