// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import java.nio.ByteBuffer;

/** A copy of a request's body. */
final class Bytes {

    private Bytes() {}

    static byte[] of(EncodedRequest request) {
        return of(request.body());
    }

    static byte[] of(ByteBuffer body) {
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        return bytes;
    }
}
