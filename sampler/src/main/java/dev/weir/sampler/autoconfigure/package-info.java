/** Makes the samplers available to OpenTelemetry's auto-configuration by name. Not for direct use. */
@NullMarked
package dev.weir.sampler.autoconfigure;

import org.jspecify.annotations.NullMarked;
