// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Export through a proxy that asks who it is. */
class ProxyTest extends ExportTestBase {

    /** {@code weir:pa:ss} in Base64. */
    private final HttpProxy proxy = new HttpProxy("Basic d2VpcjpwYTpzcw==");

    @AfterEach
    void closeProxy() {
        proxy.close();
    }

    @Test
    void http_withCredentials_getsThrough() {
        use(builder()
                .runtime(runtime(Map.of("weir.otlp.proxy", proxy.url(), "weir.otlp.proxy.credentials", "weir:pa:ss"))));

        spans(50);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(50));
        assertThat(proxy.requests)
                .isNotEmpty()
                .allSatisfy(head -> assertThat(head).startsWith("CONNECT 127.0.0.1:" + receiver.port() + " "));
        assertConserved();
    }

    @ParameterizedTest
    @CsvSource({"otel_collector", "shop_otel_1.backend_net"})
    void receiver_whoseNameHasAnUnderscore_isReached(String name) {
        use(OtlpExport.builder()
                .endpoint("http://" + name + ":" + receiver.port())
                .runtime(runtime(Map.of("weir.otlp.proxy", proxy.url(), "weir.otlp.proxy.credentials", "weir:pa:ss"))));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(5);
        assertThat(receiver.accepted)
                .allSatisfy(taken -> assertThat(taken.headers()).containsEntry("host", name + ":" + receiver.port()));
        assertThat(proxy.requests)
                .isNotEmpty()
                .allSatisfy(head -> assertThat(head).startsWith("CONNECT " + name + ":" + receiver.port() + " "));
        assertConserved();
    }

    @ParameterizedTest
    @CsvSource({"http://proxy_1:3128", "proxy_1.net_2:3128", "HTTP://127.0.0.1:3128", "http://[::1]:3128/"})
    void proxy_mayHaveAnyHost(String address) {
        use(builder().runtime(runtime(Map.of("weir.otlp.proxy", address))));
    }

    @ParameterizedTest
    @CsvSource({
        "https://proxy:3128, https://proxy:3128",
        "http://proxy_1, http://proxy_1",
        "http://proxy_1:0, http://proxy_1:0",
        "http://proxy_1:99999, http://proxy_1:99999",
        "http://a b:1, http://a b:1",
        "http://user:secret@proxy_1:3128, http://REDACTED:REDACTED@proxy_1:3128",
        "user:secret@proxy:3128, REDACTED:REDACTED@proxy:3128"
    })
    void proxy_thatCannotBe_isRefusedWithNameAndValue(String address, String shown) {
        assertThatThrownBy(() -> use(builder().runtime(runtime(Map.of("weir.otlp.proxy", address)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("weir.otlp.proxy is \"" + shown + "\", allowed: http://host:port");
    }

    @Test
    void grpc_withCredentials_getsThrough() {
        try (GrpcReceiver grpc = new GrpcReceiver()) {
            use(OtlpExport.builder()
                    .endpoint(grpc.url())
                    .protocol(OtlpProtocol.GRPC)
                    .runtime(runtime(
                            Map.of("weir.otlp.proxy", proxy.url(), "weir.otlp.proxy.credentials", "weir:pa:ss"))));

            spans(50);

            assertThat(export.flush(LONG).block()).isTrue();
            assertThat(grpc.names("traces")).hasSize(50);
            assertThat(proxy.requests).isNotEmpty();
            assertConserved();
        }
    }

    @Test
    void wrongCredentials_waitWithoutLossAndAreNotShown() {
        use(builder()
                .runtime(runtime(
                        Map.of("weir.otlp.proxy", proxy.url(), "weir.otlp.proxy.credentials", "weir:wrong-secret"))));

        spans(5);

        await().until(() -> !export.status().of(Signal.TRACES).lastFailure().isEmpty());
        assertThat(export.status().of(Signal.TRACES).lastFailure())
                .contains("407")
                .doesNotContain("wrong-secret");
        assertThat(export.toString()).doesNotContain("wrong-secret");
        assertThat(receiver.requests).isEmpty();
        assertThat(account(Signal.TRACES).queued()).isEqualTo(5);
        assertConserved();
    }
}
