/** Sampling decisions, beside OpenTelemetry's own samplers. */
@NullMarked
package dev.weir.jmh.sampler;

import org.jspecify.annotations.NullMarked;
