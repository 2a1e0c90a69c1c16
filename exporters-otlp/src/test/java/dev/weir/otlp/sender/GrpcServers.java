// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** Servers of grpc-java that say yes. */
final class GrpcServers {

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
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
    };

    private GrpcServers() {}

    static Server answering(AtomicInteger calls) throws IOException {
        return answering(calls, new byte[0]);
    }

    static Server answering(AtomicInteger calls, byte[] answer) throws IOException {
        String service = "opentelemetry.proto.collector.trace.v1.TraceService";
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(service + "/Export")
                .setRequestMarshaller(BYTES)
                .setResponseMarshaller(BYTES)
                .build();
        return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(ServerServiceDefinition.builder(service)
                        .addMethod(ServerMethodDefinition.create(
                                method, ServerCalls.asyncUnaryCall((request, observer) -> {
                                    calls.incrementAndGet();
                                    observer.onNext(answer);
                                    observer.onCompleted();
                                })))
                        .build())
                .build()
                .start();
    }
}
