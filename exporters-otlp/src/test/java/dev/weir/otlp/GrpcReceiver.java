// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** An OTLP/gRPC receiver of grpc-java that answers as a test wants and remembers what it took over. */
final class GrpcReceiver implements AutoCloseable {

    /** One refusal. */
    record Refusal(Status status, Metadata trailers) {}

    private static final Refusal IGNORED = new Refusal(Status.OK, new Metadata());

    static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    final List<Receiver.Taken> accepted = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger calls = new AtomicInteger();
    /** Ignored calls that the client has cancelled. */
    final AtomicInteger givenUp = new AtomicInteger();

    final AtomicInteger maxInFlight = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Queue<Refusal> refusals = new ConcurrentLinkedQueue<>();
    private volatile byte[] answer = new byte[0];
    private volatile long delayMillis;
    private volatile boolean silent;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Server server;

    GrpcReceiver() {
        this(0, builder -> builder);
    }

    GrpcReceiver(int port, UnaryOperator<NettyServerBuilder> configuration) {
        try {
            server = configuration
                    .apply(NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port)))
                    .addService(service("opentelemetry.proto.collector.trace.v1.TraceService", "traces"))
                    .addService(service("opentelemetry.proto.collector.logs.v1.LogsService", "logs"))
                    .addService(service("opentelemetry.proto.collector.metrics.v1.MetricsService", "metrics"))
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ServerServiceDefinition service(String name, String signal) {
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(name + "/Export")
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
        return ServerServiceDefinition.builder(name)
                .addMethod(ServerMethodDefinition.create(
                        method, ServerCalls.asyncUnaryCall((request, observer) -> answer(signal, request, observer))))
                .build();
    }

    private void answer(String signal, byte[] request, StreamObserver<byte[]> observer) {
        calls.incrementAndGet();
        maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
        if (delayMillis > 0) {
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(delayMillis));
        }
        if (silent) {
            awaitClose();
            return;
        }
        Refusal refusal = refusals.poll();
        if (refusal == null) {
            accepted.add(new Receiver.Taken("/v1/" + signal, java.util.Map.of(), request));
        }
        // Before the answer: the client may begin the next call the moment it has this one's.
        inFlight.decrementAndGet();
        if (refusal == IGNORED) {
            ((ServerCallStreamObserver<byte[]>) observer).setOnCancelHandler(givenUp::incrementAndGet);
            return;
        }
        if (refusal != null) {
            observer.onError(refusal.status.asRuntimeException(refusal.trailers));
            return;
        }
        observer.onNext(answer);
        observer.onCompleted();
    }

    GrpcReceiver refuseNext(Status status) {
        return refuseNext(status, null);
    }

    GrpcReceiver refuseNext(Status status, byte[] details) {
        Metadata trailers = new Metadata();
        if (details != null) {
            trailers.put(DETAILS, details);
        }
        refusals.add(new Refusal(status, trailers));
        return this;
    }

    GrpcReceiver answer(byte[] message) {
        answer = message;
        return this;
    }

    GrpcReceiver delay(long millis) {
        delayMillis = millis;
        return this;
    }

    /** The next call has no answer. */
    void ignoreNext() {
        refusals.add(IGNORED);
    }

    /** Calls from now on have no answer. */
    void neverAnswer() {
        silent = true;
    }

    private void awaitClose() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getPort();
    }

    int port() {
        return server.getPort();
    }

    List<String> names(String signal) {
        synchronized (accepted) {
            return accepted.stream()
                    .filter(taken -> taken.path().endsWith(signal))
                    .flatMap(taken -> taken.names().stream())
                    .toList();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.shutdownNow();
        try {
            server.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
