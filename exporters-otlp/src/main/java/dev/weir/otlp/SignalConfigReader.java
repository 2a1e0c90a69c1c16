// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Signal;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.Choices;
import dev.weir.otlp.internal.config.EndpointText;
import dev.weir.otlp.internal.config.HeaderText;
import dev.weir.otlp.internal.config.SignalConfig;
import dev.weir.otlp.internal.transport.ContentCoding;
import dev.weir.otlp.internal.transport.TlsFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads where a signal is sent and how, by OpenTelemetry's rules for {@code OTEL_EXPORTER_OTLP_*}. What the program set
 * wins over the setting of the signal, and that over the setting for all signals. Used once.
 */
final class SignalConfigReader {

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    private final Choices.Values values;
    private final @Nullable Map<String, String> headers;
    private final OtlpProtocol defaultProtocol;

    /**
     * @param headers what the program set; null when it did not
     * @param defaultProtocol when neither a setting nor the endpoint's port decides
     */
    SignalConfigReader(Choices.Values values, @Nullable Map<String, String> headers, OtlpProtocol defaultProtocol) {
        this.values = values;
        this.headers = headers;
        this.defaultProtocol = defaultProtocol;
    }

    /**
     * The configuration of {@code signal}.
     *
     * @throws IllegalArgumentException for an address or header that is not allowed
     * @throws IllegalStateException when only one of the client's key and certificate is set
     */
    SignalConfig read(Signal signal) {
        List<String> addresses = OtlpSettings.ENDPOINT.find(values, signal);
        OtlpProtocol protocol = protocol(signal, addresses == null ? List.of() : addresses);
        String key = OtlpSettings.CLIENT_KEY.find(values, signal);
        String certificate = OtlpSettings.CLIENT_CERTIFICATE.find(values, signal);
        if ((key == null) != (certificate == null)) {
            throw new IllegalStateException(
                    "otel.exporter.otlp.client.key and otel.exporter.otlp.client.certificate belong together, only one"
                            + " is set");
        }
        return new SignalConfig(
                signal,
                protocol.toString(),
                endpoints(signal, protocol, addresses),
                headers(signal),
                orElse(OtlpSettings.TIMEOUT.find(values, signal), DEFAULT_TIMEOUT),
                coding(signal),
                new TlsFiles(path(OtlpSettings.CERTIFICATE.find(values, signal)), path(key), path(certificate)));
    }

    private List<URI> endpoints(Signal signal, OtlpProtocol protocol, @Nullable List<String> addresses) {
        Setting<List<String>> setting = OtlpSettings.ENDPOINT.effective(values, signal);
        if (addresses != null && addresses.isEmpty()) {
            throw new IllegalArgumentException(setting.name() + " is \"\", allowed: addresses separated by commas");
        }
        int port = protocol.isGrpc() ? SignalConfig.GRPC_PORT : SignalConfig.HTTP_PORT;
        EndpointText text = new EndpointText(
                setting.name(),
                signal,
                protocol.toString(),
                protocol.isGrpc(),
                setting != OtlpSettings.ENDPOINT.all(),
                orElse(OtlpSettings.INSECURE.find(values, signal), false));
        List<URI> endpoints = new ArrayList<>();
        for (String address : addresses == null ? List.of("http://localhost:" + port) : addresses) {
            endpoints.add(text.parse(address));
        }
        return List.copyOf(endpoints);
    }

    private Map<String, String> headers(Signal signal) {
        if (headers != null) {
            return headers;
        }
        String text = OtlpSettings.HEADERS.find(values, signal);
        return text == null
                ? Map.of()
                : HeaderText.parse(
                        OtlpSettings.HEADERS.effective(values, signal).name(), text);
    }

    private OtlpProtocol protocol(Signal signal, List<String> addresses) {
        OtlpProtocol set = OtlpSettings.PROTOCOL.find(values, signal);
        if (set != null) {
            return set;
        }
        if (!addresses.isEmpty() && allMatch(addresses, ".*:" + SignalConfig.GRPC_PORT + "/?")) {
            return OtlpProtocol.GRPC;
        }
        if (!addresses.isEmpty() && allMatch(addresses, ".*:" + SignalConfig.HTTP_PORT + "(/.*)?")) {
            return OtlpProtocol.HTTP_PROTOBUF;
        }
        return defaultProtocol;
    }

    private static boolean allMatch(List<String> addresses, String pattern) {
        return addresses.stream().allMatch(each -> each.matches(pattern));
    }

    /**
     * A value of OpenTelemetry's setting that needs absent classes counts as unset; the builder refuses it at the call.
     */
    private ContentCoding coding(Signal signal) {
        Compression asked = orElse(OtlpSettings.COMPRESSION.find(values, signal), Compression.NONE);
        try {
            return asked.requireAvailable(
                            OtlpSettings.COMPRESSION.effective(values, signal).name(),
                            SignalConfigReader.class.getClassLoader())
                    .coding();
        } catch (IllegalArgumentException e) {
            ThrottledLog.of("weir.settings", System::nanoTime).warn(e.getMessage() + "; it counts as unset");
            return ContentCoding.IDENTITY;
        }
    }

    private static @Nullable Path path(@Nullable String text) {
        return text == null ? null : Path.of(text);
    }

    private static <T> T orElse(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
