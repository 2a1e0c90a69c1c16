// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

/**
 * Whether HTTP spans are made here.
 *
 * @since 0.1
 */
public enum SpanMode {
    /** Yes, except when the OpenTelemetry javaagent runs in this process and makes them itself. */
    AUTO,
    /** Always, even if another instrumentation makes them too. */
    ON,
    /** Never: outcomes only; contexts pass unchanged. */
    OFF
}
