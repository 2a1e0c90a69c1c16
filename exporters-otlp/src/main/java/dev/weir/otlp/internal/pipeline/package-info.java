/**
 * Queues encoded requests, sends them and settles them. Owned by the worker; knows no settings and no public type of
 * the export.
 */
@NullMarked
package dev.weir.otlp.internal.pipeline;

import org.jspecify.annotations.NullMarked;
