// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/**
 * OTLP/gRPC unary calls to one address, framed here: many calls share one HTTP/2 connection and overtake each other.
 * Thread-safe.
 */
public final class GrpcTransport implements Transport {

    /** The header has eight digits. */
    private static final long LONGEST_TIMEOUT_MILLIS = 99_999_999;

    /** One byte of flags and four of length before each message. */
    private static final int FRAME_HEADER = 5;

    private final Target target;
    private final RequestHeaders headers;
    private final String messageEncoding;
    private final boolean exhaustedIsBusy;
    private final AtomicBoolean refreshHeaders = new AtomicBoolean();

    /**
     * @param messageEncoding of compressed payloads, for example {@code gzip}
     * @param exhaustedIsBusy whether RESOURCE_EXHAUSTED without a delay is worth a retry
     */
    public GrpcTransport(Target target, RequestHeaders headers, String messageEncoding, boolean exhaustedIsBusy) {
        this.target = target;
        this.headers = headers;
        this.messageEncoding = messageEncoding;
        this.exhaustedIsBusy = exhaustedIsBusy;
    }

    @Override
    public Disposable send(
            ByteBuf payload, boolean compressed, long sequence, long timeoutNanos, Consumer<SendResult> whenDone) {
        Outbound outbound = new Outbound(frame(payload, compressed));
        Mono<Map<String, String>> fresh = Mono.defer(() -> headers.get(refreshHeaders.getAndSet(false)));
        return Exchanges.subscribe(
                fresh, values -> request(values, outbound, compressed, sequence, timeoutNanos), outbound, result -> {
                    if (result.outcome() == SendResult.Outcome.UNAUTHORIZED) {
                        refreshHeaders.set(true);
                    }
                    whenDone.accept(result);
                });
    }

    private Mono<SendResult> request(
            Map<String, String> values, Outbound outbound, boolean compressed, long sequence, long timeoutNanos) {
        return target.post()
                .send((request, out) -> {
                    prepare(request, values, compressed, sequence, timeoutNanos);
                    return out.withConnection(target::uses).send(outbound.publish());
                })
                .response((response, body) -> {
                    ResponseBody collected = new ResponseBody();
                    return body.doOnNext(collected::add)
                            .takeUntil(part -> collected.tooLong())
                            .then(Mono.defer(() -> collected.tooLong() ? Mono.empty() : response.trailerHeaders()))
                            .map(trailers -> interpret(response, trailers, collected))
                            .switchIfEmpty(Mono.fromSupplier(() -> interpret(response, null, collected)));
                })
                .next()
                .doOnError(TimeoutException.class, failure -> target.abandonConnection());
    }

    /** To cancel a call closes only its stream: a dead connection would be used forever. */
    @Override
    public void abandonConnection() {
        target.abandonConnection();
    }

    private static ByteBuf frame(ByteBuf payload, boolean compressed) {
        ByteBuf header = ByteBufAllocator.DEFAULT.buffer(FRAME_HEADER);
        header.writeByte(compressed ? 1 : 0).writeInt(payload.readableBytes());
        return Unpooled.wrappedBuffer(header, payload);
    }

    private void prepare(
            HttpClientRequest request,
            Map<String, String> values,
            boolean compressed,
            long sequence,
            long timeoutNanos) {
        HttpHeaders to = request.requestHeaders();
        to.set(HttpHeaderNames.CONTENT_TYPE, "application/grpc");
        to.set(HttpHeaderNames.TE, "trailers");
        to.set(HttpHeaderNames.USER_AGENT, Exchanges.USER_AGENT);
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(timeoutNanos));
        if (timeoutNanos > 0 && millis <= LONGEST_TIMEOUT_MILLIS) {
            to.set("grpc-timeout", millis + "m");
        }
        to.set("grpc-accept-encoding", "identity");
        if (compressed) {
            to.set("grpc-encoding", messageEncoding);
        }
        to.set(Exchanges.SEQUENCE, Long.toString(sequence));
        to.set(Exchanges.PRODUCER, Exchanges.PRODUCER_ID);
        values.forEach(to::set);
    }

    private SendResult interpret(HttpClientResponse response, @Nullable HttpHeaders trailers, ResponseBody body) {
        byte[] bytes = body.whole();
        HttpHeaders head = response.responseHeaders();
        HttpHeaders from = trailers != null && trailers.contains("grpc-status") ? trailers : head;
        String status = from.get("grpc-status");
        int http = response.status().code();
        if (status == null) {
            if (http == 200) {
                return SendResult.unreachable("an answer without grpc-status");
            }
            if (http == 413) {
                // A proxy that takes no body of this length.
                return new SendResult(SendResult.Outcome.TOO_LARGE, http, SendResult.NO_DELAY, 0, "HTTP 413");
            }
            return Answers.grpc(Answers.grpcCodeOfHttp(http), "HTTP " + http, null, exhaustedIsBusy);
        }
        int code = code(status);
        if (code == 0) {
            if (bytes.length >= FRAME_HEADER && bytes[0] == 0) {
                return Answers.partialSuccess(0, bytes, FRAME_HEADER, bytes.length)
                        .withBody(Arrays.copyOfRange(bytes, FRAME_HEADER, bytes.length));
            }
            return SendResult.delivered(0);
        }
        String message = from.get("grpc-message");
        return Answers.grpc(
                code,
                message == null ? "" : percentDecoded(message),
                from.get("grpc-status-details-bin"),
                exhaustedIsBusy);
    }

    private static int code(String status) {
        try {
            return Integer.parseInt(status.trim());
        } catch (NumberFormatException e) {
            return 2;
        }
    }

    /** Decodes what is well-formed and leaves the rest as it is. */
    static String percentDecoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int high = c == '%' && i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (low >= 0) {
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
