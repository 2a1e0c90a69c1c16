// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenTelemetry's variables in the environment of a process of its own, and the same names by property and program. */
class VariablesTest {

    private static final String ALL = "sampled " + VariablesMain.SPANS;

    @TempDir
    Path directory;

    private String run(Map<String, String> environment, Map<String, String> properties, String... program)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-Dweir.log.directory=" + directory.resolve("store"),
                "-Dweir.banner=false",
                "-Djava.util.logging.SimpleFormatter.format=%4$s %5$s%n"));
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), VariablesMain.class.getName()));
        command.addAll(List.of(program));
        File output = directory.resolve("output.txt").toFile();
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
        builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_") || name.startsWith("WEIR_"));
        builder.environment().put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        process.destroyForcibly();
        String text = Files.readString(output.toPath());
        assertThat(ended).as(text).isTrue();
        return text;
    }

    private static List<String> warnings(String output, String name) {
        return output.lines()
                .filter(line -> (line.startsWith("WARNING ") || line.contains(" WARN ")) && line.contains(name))
                .toList();
    }

    private static Map<String, String> each(String value, Stream<String> names) {
        Map<String, String> all = new TreeMap<>();
        names.forEach(name -> all.put(name, value));
        return all;
    }

    private static Stream<String> variables() {
        return Stream.of(
                "OTEL_SDK_DISABLED",
                "OTEL_SERVICE_NAME",
                "OTEL_RESOURCE_ATTRIBUTES",
                "OTEL_TRACES_SAMPLER",
                "OTEL_TRACES_SAMPLER_ARG",
                "OTEL_PROPAGATORS",
                "OTEL_TRACES_EXPORTER",
                "OTEL_METRICS_EXPORTER",
                "OTEL_LOGS_EXPORTER",
                "OTEL_ATTRIBUTE_COUNT_LIMIT",
                "OTEL_SPAN_EVENT_COUNT_LIMIT",
                "OTEL_METRICS_EXEMPLAR_FILTER",
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                "OTEL_EXPORTER_OTLP_COMPRESSION",
                "OTEL_EXPORTER_OTLP_HEADERS",
                "OTEL_EXPORTER_OTLP_INSECURE",
                "OTEL_EXPORTER_OTLP_CERTIFICATE",
                "OTEL_EXPORTER_OTLP_CLIENT_KEY",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
                "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
                "OTEL_BSP_EXPORT_TIMEOUT",
                "OTEL_BLRP_MAX_QUEUE_SIZE",
                "OTEL_METRIC_EXPORT_INTERVAL",
                "OTEL_CONFIG_FILE");
    }

    private static String property(String variable) {
        return variable.toLowerCase(Locale.ROOT).replace('_', '.');
    }

    @Test
    void emptyValues_countAsUnset() throws Exception {
        String output = run(each("", variables()), Map.of());

        assertThat(output).contains("enabled true", ALL, "service.name=\"unknown_service:java\"");
        assertThat(warnings(output, "otel.")).isEmpty();
    }

    @Test
    void blankValues_countAsUnset() throws Exception {
        // The SDK takes a file's blank name for a name before it asks anybody.
        String output = run(each("  ", variables().filter(name -> !name.equals("OTEL_CONFIG_FILE"))), Map.of());

        assertThat(output).contains("enabled true", ALL, "service.name=\"unknown_service:java\"");
        assertThat(warnings(output, "otel.")).isEmpty();
    }

    @Test
    void emptyProperties_andEmptyValuesOfTheProgram_leaveTheEnvironment() throws Exception {
        Map<String, String> environment =
                Map.of("OTEL_SERVICE_NAME", "shop", "OTEL_TRACES_SAMPLER", "always_off", "OTEL_PROPAGATORS", "none");
        String output = run(
                environment,
                each("", variables().map(VariablesTest::property)),
                environment.keySet().stream().map(name -> property(name) + "= ").toArray(String[]::new));

        assertThat(output).contains("enabled true", "sampled 0", "service.name=\"shop\"");
        assertThat(warnings(output, "otel.")).isEmpty();
    }

    @Test
    void values_reachTheSdk() throws Exception {
        Map<String, String> environment = new TreeMap<>();
        environment.put("OTEL_SERVICE_NAME", "shop");
        environment.put("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,a=b%20c");
        environment.put("OTEL_PROPAGATORS", "baggage");
        environment.put("OTEL_TRACES_SAMPLER", "traceidratio");
        environment.put("OTEL_TRACES_SAMPLER_ARG", "0.25");
        environment.put("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "11");
        environment.put("OTEL_ATTRIBUTE_COUNT_LIMIT", "12");
        environment.put("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "13");
        environment.put("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "14");
        environment.put("OTEL_SPAN_EVENT_COUNT_LIMIT", "15");
        environment.put("OTEL_SPAN_LINK_COUNT_LIMIT", "16");
        environment.put("OTEL_METRIC_EXPORT_INTERVAL", "5000");
        environment.put("OTEL_LOG_LEVEL", "debug");
        // Of the specification, but not read by OpenTelemetry's SDK for Java.
        environment.put("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "17");
        environment.put("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "18");
        environment.put("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "19");
        environment.put("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20");

        String output = run(environment, Map.of());

        assertThat(output)
                .contains("enabled true", "service.name=\"shop\"", "a=\"b c\"", "W3cBaggagePropagator")
                .doesNotContain("W3cPropagator")
                .contains("TraceIdRatioBased{0.250000}", "interval=PT5S")
                .contains("maxNumberOfAttributes=14", "maxNumberOfEvents=15", "maxNumberOfLinks=16")
                .contains("maxNumberOfAttributesPerEvent=12", "maxNumberOfAttributesPerLink=12")
                .contains("maxAttributeValueLength=13")
                .contains("LogLimits{maxNumberOfAttributes=12, maxAttributeValueLength=11}");
        assertThat(warnings(output, "otel.")).isEmpty();
    }

    @Test
    void valuesWithoutAMeaning_areEachNamedOnce_andTheDefaultHolds() throws Exception {
        Map<String, String> environment = new TreeMap<>();
        environment.put("OTEL_SDK_DISABLED", "1");
        environment.put("OTEL_TRACES_SAMPLER", "sometimes");
        environment.put("OTEL_PROPAGATORS", "tracecontext,pigeon");
        environment.put("OTEL_TRACES_EXPORTER", "smoke");
        environment.put("OTEL_METRICS_EXPORTER", "otlp,smoke");
        environment.put("OTEL_LOGS_EXPORTER", "none,otlp");
        environment.put("OTEL_RESOURCE_ATTRIBUTES", "a=b,c");
        environment.put("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "short");
        environment.put("OTEL_ATTRIBUTE_COUNT_LIMIT", "-1");
        environment.put("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "x");
        environment.put("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1.5");
        environment.put("OTEL_SPAN_EVENT_COUNT_LIMIT", "many");
        environment.put("OTEL_SPAN_LINK_COUNT_LIMIT", "9999999999");
        environment.put("OTEL_METRICS_EXEMPLAR_FILTER", "perhaps");
        environment.put("OTEL_EXPORTER_OTLP_PROTOCOL", "soap");
        environment.put("OTEL_EXPORTER_OTLP_TIMEOUT", "soon");
        environment.put("OTEL_EXPORTER_OTLP_COMPRESSION", "lz4");
        environment.put("OTEL_EXPORTER_OTLP_INSECURE", "yes");
        environment.put("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both");
        environment.put("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "hdr");
        environment.put("OTEL_BSP_SCHEDULE_DELAY", "-5");
        environment.put("OTEL_BSP_MAX_QUEUE_SIZE", "0");
        environment.put("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "lots");
        environment.put("OTEL_BSP_EXPORT_TIMEOUT", "later");
        environment.put("OTEL_BLRP_MAX_QUEUE_SIZE", "0x10");
        environment.put("OTEL_METRIC_EXPORT_INTERVAL", "often");
        environment.put("OTEL_METRIC_EXPORT_TIMEOUT", "x");

        String output = run(environment, Map.of());

        assertThat(output).contains("enabled true", ALL, "produced " + VariablesMain.SPANS);
        environment.forEach((name, value) -> assertThat(warnings(output, name))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).contains(property(name), '"' + value + '"', "allowed: ", "it counts as ")));
        assertThat(output).doesNotContain("SEVERE");
    }

    @ParameterizedTest
    @CsvSource({
        "traceidratio, 0.0, 0",
        "traceidratio, 2, 20",
        "traceidratio, half, 20",
        "parentbased_traceidratio, -1, 20",
        "weir, 0.0, 0",
        "weir, NaN, 20",
        "parentbased_weir, 1e9, 20",
        "ALWAYS_OFF, 1, 0",
        "always_on, 0.0, 20",
        ", 0.0, 20",
        ", much, 20"
    })
    void samplerArgument_countsOnlyWithASampler_andOnlyWithAMeaning(String sampler, String argument, int sampled)
            throws Exception {
        String output = run(
                Map.of("OTEL_TRACES_SAMPLER", sampler == null ? "" : sampler, "OTEL_TRACES_SAMPLER_ARG", argument),
                Map.of());

        assertThat(output).contains("enabled true", "sampled " + sampled);
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, false", "yes, false", "off, false", "FALSE, false", "True, true", "TRUE, true"})
    void disabled_isOnlyTrue_inAnyCase(String value, boolean off) throws Exception {
        String output = run(Map.of(), Map.of("otel.sdk.disabled", value));

        assertThat(output).contains("enabled " + !off);
        assertThat(warnings(output, "-Dotel.sdk.disabled"))
                .hasSize(value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false") ? 0 : 1);
    }

    @Test
    void flagsOfWeir_areRefused_whenNeitherTrueNorFalse() throws Exception {
        assertThat(run(Map.of("WEIR_LOGS_CAPTURE", "1"), Map.of()))
                .contains("enabled false", "weir.logs.capture is \"1\", allowed: true or false");
    }

    @Test
    void aNameThatNobodyKnows_isNamedOnce_andTheTelemetryStaysOn() throws Exception {
        String output = run(Map.of("WEIR_ELSEWHERE", "1"), Map.of("weir.log.rings", "2"));

        assertThat(output).contains("enabled true");
        assertThat(warnings(output, "WEIR_ELSEWHERE")).hasSize(1);
        assertThat(warnings(output, "weir.log.rings, did you mean ")).hasSize(1);
    }

    @Test
    void aNameThatNobodyKnows_ofTheProgram_isRefused() throws Exception {
        assertThat(run(Map.of(), Map.of(), "weir.log.rings=2"))
                .contains("IllegalArgumentException: unknown setting weir.log.rings");
    }
}
