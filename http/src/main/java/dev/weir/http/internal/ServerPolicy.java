// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * What only servers need to know. Immutable.
 *
 * @param trustForwarded whether {@code Forwarded} and {@code X-Forwarded-*} name client, host and scheme
 * @param traceHeader the response header that carries the trace to the caller; null for none
 * @param ignoredPaths requests that get no span and no outcome
 * @param headers the headers that become attributes
 */
public record ServerPolicy(
        boolean trustForwarded, @Nullable AsciiString traceHeader, PathPatterns ignoredPaths, HeaderCaptures headers) {}
