// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The body of one OTLP export request.
 *
 * @param body the bytes from position to limit; a view of the encoder's buffer that is valid until its next call, with
 *     an accessible array; empty when there are no records
 * @param records how many spans, log records or data points are in the body
 * @param skipped how many spans, log records or metrics could not be encoded and are left out
 * @param failure why the first of them could not, or null when none was skipped
 */
public record EncodedRequest(
        ByteBuffer body, int records, int skipped, @Nullable Throwable failure) {}
