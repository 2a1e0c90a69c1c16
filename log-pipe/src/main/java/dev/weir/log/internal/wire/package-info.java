/** Bytes: log records as OTLP protobuf, text as UTF-8. Depends on nothing of the pipe. */
@NullMarked
package dev.weir.log.internal.wire;

import org.jspecify.annotations.NullMarked;
