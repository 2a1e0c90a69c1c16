/** The configuration of signals as immutable values, and the texts that they are written in. */
@NullMarked
package dev.weir.otlp.internal.config;

import org.jspecify.annotations.NullMarked;
