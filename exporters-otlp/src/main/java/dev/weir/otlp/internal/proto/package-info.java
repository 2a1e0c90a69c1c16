/** Reads, writes and cuts messages in protobuf's wire format, without generated classes. */
@NullMarked
package dev.weir.otlp.internal.proto;

import org.jspecify.annotations.NullMarked;
