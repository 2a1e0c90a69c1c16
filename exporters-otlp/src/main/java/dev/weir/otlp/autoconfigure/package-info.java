/** Joins OpenTelemetry's autoconfiguration: whoever asked for {@code otlp} gets Weir's export. */
@NullMarked
package dev.weir.otlp.autoconfigure;

import org.jspecify.annotations.NullMarked;
