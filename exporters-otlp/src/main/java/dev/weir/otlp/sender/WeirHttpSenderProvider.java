// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;

/**
 * Sends what the SDK's OTLP/HTTP exporters encode. When several providers are on the class path, name this class in
 * {@code io.opentelemetry.sdk.common.export.HttpSenderProvider}. Thread-safe.
 *
 * @since 0.1
 */
public final class WeirHttpSenderProvider implements HttpSenderProvider {

    /** Made by {@link java.util.ServiceLoader}. */
    public WeirHttpSenderProvider() {}

    @Override
    public HttpSender createSender(HttpSenderConfig config) {
        return new ReactorHttpSender(config);
    }
}
