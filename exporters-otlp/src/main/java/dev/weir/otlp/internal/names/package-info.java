/** Looks up the addresses of names in endpoints, so that requests are spread over all of them. Owned by the worker. */
@NullMarked
package dev.weir.otlp.internal.names;

import org.jspecify.annotations.NullMarked;
