// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.Ticker;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/** OTLP/HTTP to one address, with protobuf or JSON. Thread-safe. */
public final class HttpTransport implements Transport {

    /** The content type of OTLP in binary form. */
    public static final String PROTOBUF = "application/x-protobuf";
    /** The content type of OTLP as JSON. */
    public static final String JSON = "application/json";

    private final Target target;
    private final RequestHeaders headers;
    private final String contentType;
    private final String contentEncoding;
    private final Ticker ticker;
    private final AtomicBoolean refreshHeaders = new AtomicBoolean();

    /**
     * @param contentType of requests and answers
     * @param contentEncoding of compressed payloads, for example {@code gzip}
     */
    public HttpTransport(
            Target target, RequestHeaders headers, String contentType, String contentEncoding, Ticker ticker) {
        this.target = target;
        this.headers = headers;
        this.contentType = contentType;
        this.contentEncoding = contentEncoding;
        this.ticker = ticker;
    }

    @Override
    public Disposable send(
            ByteBuf payload, boolean compressed, long sequence, long timeoutNanos, Consumer<SendResult> whenDone) {
        Outbound outbound = new Outbound(payload);
        Mono<Map<String, String>> fresh = Mono.defer(() -> headers.get(refreshHeaders.getAndSet(false)));
        return Exchanges.subscribe(
                fresh, values -> request(values, outbound, compressed, sequence), outbound, result -> {
                    if (result.outcome() == SendResult.Outcome.UNAUTHORIZED) {
                        refreshHeaders.set(true);
                    }
                    whenDone.accept(result);
                });
    }

    private Mono<SendResult> request(Map<String, String> values, Outbound outbound, boolean compressed, long sequence) {
        return target.post()
                .send((request, out) -> {
                    prepare(request, values, compressed, sequence);
                    return out.withConnection(target::uses).send(outbound.publish());
                })
                .response((response, body) -> {
                    ResponseBody collected = new ResponseBody();
                    return body.doOnNext(collected::add)
                            .takeUntil(part -> collected.tooLong())
                            .then(Mono.fromSupplier(() -> interpret(response, collected)));
                })
                .next()
                .doOnError(TimeoutException.class, failure -> target.abandonConnection());
    }

    /** To cancel a request closes its connection with HTTP/1.1, and only its stream with HTTP/2. */
    @Override
    public void abandonConnection() {
        target.abandonConnection();
    }

    private void prepare(HttpClientRequest request, Map<String, String> values, boolean compressed, long sequence) {
        HttpHeaders to = request.requestHeaders();
        to.set(HttpHeaderNames.CONTENT_TYPE, contentType);
        to.set(HttpHeaderNames.USER_AGENT, Exchanges.USER_AGENT);
        to.set(HttpHeaderNames.ACCEPT, contentType);
        if (compressed) {
            to.set(HttpHeaderNames.CONTENT_ENCODING, contentEncoding);
        }
        to.set(Exchanges.SEQUENCE, Long.toString(sequence));
        to.set(Exchanges.PRODUCER, Exchanges.PRODUCER_ID);
        values.forEach(to::set);
    }

    private SendResult interpret(HttpClientResponse response, ResponseBody body) {
        byte[] bytes = body.whole();
        int status = response.status().code();
        if (status >= 200
                && status < 300
                && JsonAnswers.isJson(response.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE))) {
            return JsonAnswers.partialSuccess(status, bytes).withBody(bytes);
        }
        return Answers.http(
                        status,
                        response.responseHeaders().get(HttpHeaderNames.RETRY_AFTER),
                        bytes,
                        ticker.epochNanos() / 1_000_000)
                .withBody(bytes);
    }
}
