// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * How much of a response was written. Used by the channel's event loop only.
 *
 * <p>A response is whole when all bytes that it declared were written: those of its {@code Content-Length}, none at all
 * where there is no body (HEAD, 204, 304), or the last content. The signal that the application has ended may come
 * later, or never.
 */
final class ResponseProgress {

    private static final long NOT_DECLARED = -1;

    private final boolean head;
    private boolean bodiless;
    private long declared = NOT_DECLARED;
    private long written;
    private @Nullable ChannelFuture headWrite;
    private @Nullable ChannelFuture wholeWrite;

    /** @param head whether the request asks for a head only */
    ResponseProgress(boolean head) {
        this.head = head;
    }

    /** The head is being written. */
    void head(int status, ChannelFuture write) {
        headWrite = write;
        bodiless = head || status == 204 || status == 205 || status == 304;
        if (bodiless) {
            wholeWrite = write;
        }
    }

    /** The head has passed the handlers before the wire, one of which may have made chunks of a declared length. */
    void framed(HttpResponse response, ChannelFuture write) {
        if (bodiless) {
            return;
        }
        HttpHeaders headers = response.headers();
        declared = headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                ? NOT_DECLARED
                : length(headers.get(HttpHeaderNames.CONTENT_LENGTH));
        if (declared == 0) {
            wholeWrite = write;
        }
    }

    private static long length(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > 18) {
            return NOT_DECLARED;
        }
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return NOT_DECLARED;
            }
            length = length * 10 + digit;
        }
        return length;
    }

    /** Whether these bytes of the body are the last of those that were declared. */
    boolean completes(long bytes) {
        if (declared == NOT_DECLARED || wholeWrite != null) {
            return false;
        }
        written += bytes;
        return written >= declared;
    }

    /** The response is whole when {@code write} is done. */
    void whole(ChannelFuture write) {
        wholeWrite = write;
    }

    /** Whether the status was sent. */
    boolean isHeadSent() {
        return headWrite != null && headWrite.isSuccess();
    }

    boolean isWhole() {
        return wholeWrite != null && wholeWrite.isSuccess();
    }

    /** Whether fewer bytes were written than declared. */
    boolean isCut() {
        return isHeadSent() && declared > 0 && !isWhole();
    }

    /** Whether bytes that the application writes after the head are not sent. */
    boolean isBodiless() {
        return bodiless;
    }
}
