// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;

/**
 * Sends what the SDK's OTLP/gRPC exporters encode. When several providers are on the class path, name this class in
 * {@code io.opentelemetry.sdk.common.export.GrpcSenderProvider}. Thread-safe.
 *
 * @since 0.1
 */
public final class WeirGrpcSenderProvider implements GrpcSenderProvider {

    /** Made by {@link java.util.ServiceLoader}. */
    public WeirGrpcSenderProvider() {}

    @Override
    public GrpcSender createSender(GrpcSenderConfig config) {
        return new ReactorGrpcSender(config);
    }
}
