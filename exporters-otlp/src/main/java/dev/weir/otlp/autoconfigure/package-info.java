/** Joins OpenTelemetry's autoconfiguration: Weir's export replaces the exporters named {@code otlp}. */
@NullMarked
package dev.weir.otlp.autoconfigure;

import org.jspecify.annotations.NullMarked;
