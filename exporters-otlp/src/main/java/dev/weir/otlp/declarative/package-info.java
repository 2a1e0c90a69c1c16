// SPDX-License-Identifier: Apache-2.0
/**
 * The components {@code otlp_http} and {@code otlp_grpc} for declarative configuration files, in place of a batch
 * processor or periodic reader with its exporter. Compiled against OpenTelemetry's alpha API and loaded only where that
 * is.
 */
@NullMarked
package dev.weir.otlp.declarative;

import org.jspecify.annotations.NullMarked;
