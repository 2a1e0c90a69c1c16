/**
 * Where records enter the export: rings and the metric reader, which encode, and subscriptions to batches that are
 * encoded already.
 */
@NullMarked
package dev.weir.otlp.internal.intake;

import org.jspecify.annotations.NullMarked;
