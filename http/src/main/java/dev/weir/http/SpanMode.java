// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

/** Whether HTTP spans are made here. */
public enum SpanMode {
    /** Yes, unless the OpenTelemetry javaagent runs in this process and makes them itself. */
    AUTO,
    /** Yes, whoever else does. */
    ON,
    /** No: outcomes only, and contexts pass as they are. */
    OFF
}
