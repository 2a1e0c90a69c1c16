// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.internal.InstrumentationSuppression;
import dev.weir.core.internal.OwnWork;
import dev.weir.core.internal.WeirVersion;
import io.netty.handler.timeout.ReadTimeoutException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/** What both transports share: names of headers, the subscription, texts of failures. Stateless. */
final class Exchanges {

    static final String USER_AGENT =
            "weir/" + WeirVersion.or("dev") + " OTel-OTLP-Exporter-Java/" + WeirVersion.or("dev");
    static final String SEQUENCE = "x-weir-seq";
    static final String PRODUCER = "x-weir-producer";
    /** The header with the id of the process that counts the sequence. */
    static final String PRODUCER_ID = UUID.randomUUID().toString();

    private Exchanges() {}

    /**
     * Gets the headers, which may run code of the application, and then makes the request, which is the export's own
     * work. Untraced.
     *
     * @param request makes the request; not subscribed to before there are headers
     * @param whenDone gets one result, without the mark, unless the returned disposable was disposed before
     */
    static Disposable subscribe(
            Mono<Map<String, String>> headers,
            Function<Map<String, String>, Mono<SendResult>> request,
            Outbound outbound,
            Consumer<SendResult> whenDone) {
        Mono<SendResult> exchange =
                headers.defaultIfEmpty(Map.of()).flatMap(values -> new OwnMono<>(request.apply(values)));
        Attempt attempt = new Attempt(outbound, whenDone);
        InstrumentationSuppression.run(() -> exchange.subscribe(attempt));
        return attempt;
    }

    static SendResult failure(Throwable failure) {
        // The text of Reactor's own timeouts names operators.
        if (failure instanceof ReadTimeoutException || failure.getClass() == TimeoutException.class) {
            return SendResult.unreachable("no answer in time");
        }
        String message = failure.getMessage();
        return SendResult.unreachable(
                Answers.printable(failure.getClass().getSimpleName() + (message == null ? "" : ": " + message)));
    }

    private static final class Attempt extends BaseSubscriber<SendResult> {

        private final Outbound outbound;
        private final Consumer<SendResult> whenDone;
        private boolean heard;

        Attempt(Outbound outbound, Consumer<SendResult> whenDone) {
            this.outbound = outbound;
            this.whenDone = whenDone;
        }

        @Override
        protected void hookOnNext(SendResult result) {
            hear(result);
        }

        @Override
        protected void hookOnError(Throwable failure) {
            hear(failure(failure));
        }

        @Override
        protected void hookOnComplete() {
            hear(SendResult.unreachable("the connection ended without an answer"));
        }

        @Override
        protected void hookFinally(SignalType type) {
            outbound.end();
        }

        private static SendResult failure(Throwable failure) {
            return Exchanges.failure(failure);
        }

        private void hear(SendResult result) {
            if (!heard) {
                heard = true;
                OwnWork.pause(() -> whenDone.accept(result));
            }
        }

        /** Cancelling closes a connection. */
        @Override
        public void dispose() {
            OwnWork.run(super::dispose);
        }
    }
}
