/** What the export reports about itself: metrics and health. Thread-safe; read when asked. */
@NullMarked
package dev.weir.otlp.internal.figures;

import org.jspecify.annotations.NullMarked;
