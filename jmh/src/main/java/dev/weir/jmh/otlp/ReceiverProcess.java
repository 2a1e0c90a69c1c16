// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * A receiver in a process of its own, so that its CPU is not counted: OTLP/HTTP on Reactor Netty, OTLP/gRPC on grpc-java;
 * answers after a delay, decodes nothing. Arguments: the delay in milliseconds, and the port for HTTP if it matters. Prints its ports, and the bytes that it took for each line that it reads.
 */
public final class ReceiverProcess {

    private static final AtomicLong BYTES = new AtomicLong();

    private ReceiverProcess() {}

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        long delayMillis = Long.parseLong(arguments[0]);
        int port = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        DisposableServer http = HttpServer.create()
                .host("127.0.0.1")
                .port(port)
                .handle((request, response) -> {
                    Mono<Void> received = request.receive()
                            .doOnNext(part -> BYTES.addAndGet(part.readableBytes()))
                            .then();
                    Mono<Void> waited = delayMillis == 0
                            ? received
                            : received.then(Mono.<Void>create(
                                    sink -> timer.schedule(() -> sink.success(), delayMillis, TimeUnit.MILLISECONDS)));
                    return waited.then(
                            Mono.defer(() -> Mono.from(response.status(200).send())));
                })
                .bindNow();
        Server grpc = grpc(delayMillis, timer);
        write(http.port() + " " + grpc.getPort());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            write(Long.toString(BYTES.getAndSet(0)));
        }
        http.disposeNow();
        grpc.shutdownNow();
        timer.shutdownNow();
    }

    private static void write(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static Server grpc(long delayMillis, ScheduledExecutorService timer) throws IOException {
        String service = "opentelemetry.proto.collector.trace.v1.TraceService";
        MethodDescriptor<Integer, Integer> method = MethodDescriptor.<Integer, Integer>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(service + "/Export")
                .setRequestMarshaller(new Sizes())
                .setResponseMarshaller(new Sizes())
                .build();
        return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .maxInboundMessageSize(64 << 20)
                .addService(ServerServiceDefinition.builder(service)
                        .addMethod(ServerMethodDefinition.create(
                                method, ServerCalls.asyncUnaryCall((size, observer) -> {
                                    BYTES.addAndGet(size);
                                    Runnable answer = () -> {
                                        observer.onNext(0);
                                        observer.onCompleted();
                                    };
                                    if (delayMillis == 0) {
                                        answer.run();
                                    } else {
                                        timer.schedule(answer, delayMillis, TimeUnit.MILLISECONDS);
                                    }
                                })))
                        .build())
                .build()
                .start();
    }

    private static final class Sizes implements MethodDescriptor.Marshaller<Integer> {

        @Override
        public InputStream stream(Integer value) {
            return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public Integer parse(InputStream stream) {
            try {
                int size = 0;
                byte[] buffer = new byte[64 * 1024];
                for (int read; (read = stream.read(buffer)) > 0; ) {
                    size += read;
                }
                return size;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
