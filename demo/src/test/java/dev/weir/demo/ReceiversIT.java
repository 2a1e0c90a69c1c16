// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.Weir;
import dev.weir.core.CloseReport;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.core.testing.LedgerAssert;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.netty.http.client.HttpClient;

/**
 * Sends the demo's traffic to a real Collector and checks what it wrote, and what Jaeger, VictoriaLogs and Prometheus answer
 * where they run. Needs the profile {@code receivers} and the receivers on their loopback ports; {@code TESTBED_DATA}
 * names the folder in which the Collector writes its files.
 */
class ReceiversIT {

    private static final int REQUESTS_PER_SECOND = 200;
    private static final Duration LOAD = Duration.ofSeconds(3);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String INSTANCE = UUID.randomUUID().toString();
    private static final String SERVICE = "shop-" + INSTANCE.substring(0, 8);

    private static long sent;
    private static Map<Signal, LedgerSnapshot> ledger = new HashMap<>();
    private static CloseReport closed;

    @BeforeAll
    static void sendTraffic() {
        assumeTrue(listens(4318), "no Collector on 127.0.0.1:4318, so there is nothing to read back from");
        assumeTrue(
                System.getenv("TESTBED_DATA") != null,
                "TESTBED_DATA does not say where the Collector writes its files");

        Weir weir = Weir.builder()
                .serviceName(SERVICE)
                .set("otel.resource.attributes", "service.instance.id=" + INSTANCE)
                .set("otel.exporter.otlp.endpoint", "http://127.0.0.1:4318")
                .set("otel.exporter.otlp.protocol", "http/protobuf")
                .start();
        assertThat(weir.isEnabled()).isTrue();
        Shop shop = new Shop(weir);
        LoadGenerator load = new LoadGenerator(shop.port());
        load.run(REQUESTS_PER_SECOND, LOAD);
        sent = load.sent();
        assertThat(load.failed()).as("requests without an answer").isZero();
        shop.close();
        closed = weir.close(Duration.ofSeconds(20));
        for (Signal signal : Signal.values()) {
            ledger.put(signal, weir.ledger().of(signal).snapshot());
        }
        LedgerAssert.assertConserved(weir.ledger());
    }

    @Test
    void close_leftNothingBehind() {
        assertThat(closed.lost()).isZero();
        assertThat(closed.stored()).isZero();
        assertThat(ledger.values()).allSatisfy(account -> {
            assertThat(account.queued()).as(account.toString()).isZero();
            assertThat(account.droppedTotal()).as(account.toString()).isZero();
        });
    }

    @Test
    void traces_areCompleteAndConnected() {
        List<JsonNode> spans = received(Signal.TRACES, "resourceSpans", "scopeSpans", "spans");

        assertThat(spans).hasSize((int) ledger.get(Signal.TRACES).delivered());
        Map<String, List<JsonNode>> traces = new HashMap<>();
        spans.forEach(span -> traces.computeIfAbsent(span.get("traceId").asText(), id -> new ArrayList<>())
                .add(span));
        assertThat(traces).hasSize((int) sent);
        assertThat(traces).allSatisfy((id, trace) -> {
            assertThat(trace).hasSize(3);
            JsonNode checkout = only(trace, "GET /checkout/{cart}");
            JsonNode client = only(trace, "GET");
            JsonNode pay = only(trace, "GET /pay/{cart}");
            assertThat(checkout.path("parentSpanId").asText()).isEmpty();
            assertThat(client.get("parentSpanId").asText())
                    .isEqualTo(checkout.get("spanId").asText());
            assertThat(pay.get("parentSpanId").asText())
                    .isEqualTo(client.get("spanId").asText());
            assertThat(List.of(
                            checkout.get("kind").asInt(),
                            client.get("kind").asInt(),
                            pay.get("kind").asInt()))
                    .containsExactly(2, 3, 2);
        });
    }

    @Test
    void logs_belongToASpanOfAnExportedTrace() {
        Map<String, Set<String>> spansOfTrace = new HashMap<>();
        received(Signal.TRACES, "resourceSpans", "scopeSpans", "spans")
                .forEach(span -> spansOfTrace
                        .computeIfAbsent(span.get("traceId").asText(), id -> new HashSet<>())
                        .add(span.get("spanId").asText()));

        List<JsonNode> records = received(Signal.LOGS, "resourceLogs", "scopeLogs", "logRecords");

        assertThat(records).hasSize((int) ledger.get(Signal.LOGS).delivered());
        assertThat(records.size()).as("at least two lines a request").isGreaterThanOrEqualTo((int) (2 * sent));
        assertThat(records).allSatisfy(record -> {
            String trace = record.path("traceId").asText();
            assertThat(spansOfTrace).as(record.toString()).containsKey(trace);
            assertThat(spansOfTrace.get(trace)).contains(record.path("spanId").asText());
        });
    }

    @Test
    void metrics_countEveryRequest() {
        List<JsonNode> metrics = received(Signal.METRICS, "resourceMetrics", "scopeMetrics", "metrics");

        long points = 0;
        Map<String, Long> last = new HashMap<>();
        for (JsonNode metric : metrics) {
            for (String kind : List.of("gauge", "sum", "histogram", "exponentialHistogram", "summary")) {
                for (JsonNode point : metric.path(kind).path("dataPoints")) {
                    points++;
                    if (point.has("count")) {
                        last.put(
                                metric.get("name").asText() + point.get("attributes"),
                                point.get("count").asLong());
                    }
                }
            }
        }
        assertThat(points).isEqualTo(ledger.get(Signal.METRICS).delivered());
        assertThat(sum(last, "http.server.request.duration", "/checkout/{cart}"))
                .isEqualTo(sent);
        assertThat(sum(last, "http.server.request.duration", "/pay/{cart}")).isEqualTo(sent);
        assertThat(sum(last, "http.client.request.duration", "")).isEqualTo(sent);
    }

    @Test
    void jaeger_answersWithWholeTraces() {
        assumeTrue(listens(16686), "no Jaeger on 127.0.0.1:16686");
        Set<String> ids = new HashSet<>();
        received(Signal.TRACES, "resourceSpans", "scopeSpans", "spans").stream()
                .limit(60)
                .forEach(span -> ids.add(span.get("traceId").asText()));

        assertThat(ids)
                .isNotEmpty()
                .allSatisfy(id -> await().atMost(Duration.ofSeconds(15))
                        .until(() -> get("http://127.0.0.1:16686/api/traces/" + id)
                                        .path("data")
                                        .path(0)
                                        .path("spans")
                                        .size()
                                == 3));
    }

    @Test
    void victoriaLogs_findsTheLinesOfATrace() {
        assumeTrue(listens(9428), "no VictoriaLogs on 127.0.0.1:9428");
        JsonNode record =
                received(Signal.LOGS, "resourceLogs", "scopeLogs", "logRecords").get(0);
        String query = URLEncoder.encode("trace_id:" + record.get("traceId").asText(), StandardCharsets.UTF_8);

        await().atMost(Duration.ofSeconds(15))
                .until(() -> text("http://127.0.0.1:9428/select/logsql/query?query=" + query)
                        .contains(record.path("body").path("stringValue").asText()));
    }

    @Test
    void prometheus_hasTheCount() {
        assumeTrue(listens(9090), "no Prometheus on 127.0.0.1:9090");
        String query = URLEncoder.encode(
                "sum(histogram_count(http_server_request_duration_seconds{http_route=\"/checkout/{cart}\",instance=\""
                        + INSTANCE + "\"}))",
                StandardCharsets.UTF_8);

        await().atMost(Duration.ofSeconds(20))
                .until(() -> get("http://127.0.0.1:9090/api/v1/query?query=" + query)
                        .path("data")
                        .path("result")
                        .path(0)
                        .path("value")
                        .path(1)
                        .asText()
                        .equals(Long.toString(sent)));
    }

    private static JsonNode only(List<JsonNode> trace, String name) {
        List<JsonNode> found = trace.stream()
                .filter(span -> span.get("name").asText().equals(name))
                .toList();
        assertThat(found).as("%s in %s", name, trace).hasSize(1);
        return found.get(0);
    }

    private static long sum(Map<String, Long> counts, String metric, String route) {
        return counts.entrySet().stream()
                .filter(entry ->
                        entry.getKey().startsWith(metric) && entry.getKey().contains(route))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Everything of {@code signal} that the Collector wrote for this run, once it is as much as was delivered. */
    private static List<JsonNode> received(Signal signal, String resources, String scopes, String items) {
        Path file = Path.of(System.getenv("TESTBED_DATA"), "collector", signal.label() + ".jsonl");
        List<JsonNode> found = new ArrayList<>();
        long expected = ledger.get(signal).delivered();
        await().atMost(Duration.ofSeconds(15)).until(() -> {
            found.clear();
            long records = 0;
            for (String line : Files.readAllLines(file)) {
                if (!line.contains(INSTANCE)) {
                    continue;
                }
                for (JsonNode resource : JSON.readTree(line).get(resources)) {
                    if (!resource.get("resource").toString().contains(INSTANCE)) {
                        continue;
                    }
                    assertThat(resource.get("resource").toString()).contains(SERVICE);
                    for (JsonNode scope : resource.get(scopes)) {
                        assertThat(scope.path("scope").path("name").asText()).isNotEmpty();
                        for (JsonNode item : scope.get(items)) {
                            found.add(item);
                            records += signal == Signal.METRICS ? points(item) : 1;
                        }
                    }
                }
            }
            return records >= expected;
        });
        return found;
    }

    private static long points(JsonNode metric) {
        long points = 0;
        for (String kind : List.of("gauge", "sum", "histogram", "exponentialHistogram", "summary")) {
            points += metric.path(kind).path("dataPoints").size();
        }
        return points;
    }

    private static JsonNode get(String uri) throws IOException {
        return JSON.readTree(text(uri));
    }

    private static String text(String uri) {
        String body = HttpClient.create()
                .get()
                .uri(uri)
                .responseSingle((response, content) -> content.asString().defaultIfEmpty(""))
                .block(Duration.ofSeconds(5));
        return body == null || body.isEmpty() ? "{}" : body;
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
