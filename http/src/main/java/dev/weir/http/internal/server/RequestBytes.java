// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

/** The bytes of one request's body as they came on the wire. Used by the channel's event loop only. */
final class RequestBytes {

    private long count;

    void add(long bytes) {
        count += bytes;
    }

    long count() {
        return count;
    }
}
