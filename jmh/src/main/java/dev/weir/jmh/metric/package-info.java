/** Recording and reading latencies, beside the libraries that people use for it today. */
@NullMarked
package dev.weir.jmh.metric;

import org.jspecify.annotations.NullMarked;
