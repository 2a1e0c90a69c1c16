// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import dev.weir.core.internal.GuestCalls;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.internal.UrlRedactor;
import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.ProxyAddress;
import dev.weir.otlp.internal.transport.RequestHeaders;
import dev.weir.otlp.internal.transport.SendResult;
import dev.weir.otlp.internal.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.common.export.ProxyOptions;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Encodes a message once on the caller's thread and tries to send it until the retry policy or the timeout ends that;
 * waits on an event loop of its own, never on a thread. Thread-safe.
 */
final class Delivery {

    private static final int MAX_CONNECTIONS = 16;
    private static final int MAX_RETRIES_WAITING = 1024;

    private final Clients clients;
    private final GuestCalls guests;
    private final Transport transport;
    private final @Nullable Compressor compressor;
    private final @Nullable RetryPolicy retry;
    private final long timeoutNanos;
    private final AtomicLong sequence = new AtomicLong();
    private final Set<Attempts> open = new HashSet<>();
    private final ThrottledLog log = ThrottledLog.of("weir.otlp", System::nanoTime);
    private final URI endpoint;
    private boolean shutDown;

    Delivery(
            URI endpoint,
            @Nullable Compressor compressor,
            @Nullable RetryPolicy retry,
            Duration timeout,
            @Nullable ProxyOptions proxy,
            Function<Clients, Transport> transport) {
        this.clients = new Clients(MAX_CONNECTIONS, this::later, null, proxy(proxy, endpoint));
        this.guests = new GuestCalls(
                "the supplier of headers",
                "the exporter's batches wait for it",
                MAX_RETRIES_WAITING,
                "weir.otlp",
                System::nanoTime,
                this::later);
        Transport made;
        try {
            made = transport.apply(clients);
        } catch (Throwable e) {
            clients.dispose();
            throw e;
        }
        this.transport = made;
        this.endpoint = endpoint;
        this.compressor = compressor;
        this.retry = retry;
        this.timeoutNanos = timeout.toNanos();
    }

    private static @Nullable ProxyAddress proxy(@Nullable ProxyOptions options, URI endpoint) {
        if (options == null) {
            return null;
        }
        for (Proxy proxy : options.getProxySelector().select(endpoint)) {
            if (proxy.type() == Proxy.Type.HTTP && proxy.address() instanceof InetSocketAddress address) {
                return new ProxyAddress(address.getHostString(), address.getPort(), null, null);
            }
        }
        return null;
    }

    /** Headers of the SDK's supplier, which is called for each request. */
    static RequestHeaders headers(Supplier<Map<String, List<String>>> supplier) {
        return refresh -> Mono.fromSupplier(() -> {
            Map<String, String> headers = new LinkedHashMap<>();
            Map<String, List<String>> given = supplier.get();
            if (given != null) {
                given.forEach((name, values) -> headers.put(name, String.join(",", values)));
            }
            return headers;
        });
    }

    private Disposable later(Runnable task, Duration delay) {
        Future<?> future = eventLoop().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    private EventLoop eventLoop() {
        return clients.loops().onClient(LoopResources.DEFAULT_NATIVE).next();
    }

    void send(MessageWriter message, Consumer<SendResult> onResult, Consumer<Throwable> onError) {
        Attempts attempts;
        try {
            attempts = new Attempts(encode(message), onResult);
        } catch (IOException | RuntimeException e) {
            onError.accept(e);
            return;
        }
        boolean refused;
        synchronized (open) {
            refused = shutDown;
            if (!refused) {
                open.add(attempts);
            }
        }
        if (refused) {
            attempts.payload.release();
            onError.accept(new IllegalStateException("the sender was shut down"));
            return;
        }
        attempts.next();
    }

    private ByteBuf encode(MessageWriter message) throws IOException {
        int length = message.getContentLength();
        ByteBuf payload = PooledByteBufAllocator.DEFAULT.directBuffer(length > 0 ? length : 1024);
        try (ByteBufOutputStream out = new ByteBufOutputStream(payload)) {
            if (compressor == null) {
                message.writeMessage(out);
            } else {
                try (OutputStream compressed = compressor.compress(out)) {
                    message.writeMessage(compressed);
                }
            }
            return payload;
        } catch (IOException | RuntimeException e) {
            payload.release();
            throw e;
        }
    }

    /** Closes the connections when the open requests have ended, at the latest after the timeout. */
    CompletableResultCode shutdown() {
        boolean idle;
        synchronized (open) {
            shutDown = true;
            idle = open.isEmpty();
        }
        if (idle) {
            clients.dispose();
        }
        return CompletableResultCode.ofSuccess();
    }

    /** The SDK's exporters treat every success as a full one and do not read the answer. */
    private void logPartialSuccess(SendResult result) {
        if (result.outcome() == SendResult.Outcome.DELIVERED
                && (result.rejected() > 0 || !result.message().isEmpty())) {
            log.warn(UrlRedactor.standard().url(endpoint.toString()) + " accepted a batch but rejected "
                    + result.rejected() + " of its records, which are lost: " + result.message());
        }
    }

    private void ended(Attempts attempts) {
        boolean last;
        synchronized (open) {
            open.remove(attempts);
            last = shutDown && open.isEmpty();
        }
        if (last) {
            clients.dispose();
        }
    }

    private final class Attempts {

        final ByteBuf payload;
        private final Consumer<SendResult> onResult;
        private final long deadlineNanos = System.nanoTime() + timeoutNanos;
        private final long number = sequence.incrementAndGet();
        private int made;
        private double backoffNanos =
                retry == null ? 0 : retry.getInitialBackoff().toNanos();
        private int answered;

        Attempts(ByteBuf payload, Consumer<SendResult> onResult) {
            this.payload = payload;
            this.onResult = onResult;
        }

        void next() {
            int attempt = ++made;
            long left = Math.max(1, deadlineNanos - System.nanoTime());
            Disposable.Swap exchange = reactor.core.Disposables.swap();
            Disposable timer = later(
                    () -> {
                        exchange.dispose();
                        result(attempt, SendResult.unreachable("no answer in time"));
                    },
                    Duration.ofNanos(left));
            exchange.update(transport.send(payload.retainedDuplicate(), compressor != null, number, left, result -> {
                timer.dispose();
                result(attempt, result);
            }));
        }

        /**
         * The first attempt gets its headers on the thread of the exporter; repeats must not do so on an event loop.
         */
        private void again() {
            if (!guests.offer(this::next)) {
                result(++made, SendResult.unreachable("the supplier of headers has not returned"));
            }
        }

        private void result(int attempt, SendResult result) {
            synchronized (this) {
                if (answered >= attempt) {
                    return;
                }
                answered = attempt;
            }
            long delay = delayNanos(result);
            if (delay < 0 || System.nanoTime() + delay - deadlineNanos >= 0) {
                payload.release();
                ended(this);
                logPartialSuccess(result);
                onResult.accept(result);
            } else {
                later(this::again, Duration.ofNanos(delay));
            }
        }

        /** How long to wait for the next attempt; negative when there is none. */
        private long delayNanos(SendResult result) {
            RetryPolicy policy = retry;
            boolean worthIt = switch (result.outcome()) {
                case RETRY, THROTTLE, UNREACHABLE -> true;
                case DELIVERED, TOO_LARGE, UNAUTHORIZED, REJECTED -> false;
            };
            if (policy == null || !worthIt || made >= policy.getMaxAttempts()) {
                return -1;
            }
            double jitter = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
            long delay = (long)
                    (Math.min(backoffNanos, (double) policy.getMaxBackoff().toNanos()) * jitter);
            backoffNanos *= policy.getBackoffMultiplier();
            return Math.max(delay, result.delayNanos());
        }
    }
}
