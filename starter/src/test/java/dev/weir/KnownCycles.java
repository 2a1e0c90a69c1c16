// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The cycles between classes of one package that are meant, each with its reason. */
final class KnownCycles {

    static final Map<Set<String>, String> REASONS = new LinkedHashMap<>();

    static {
        String builder = "the builder makes the type, and the type has the entry to the builder";
        know(builder, "dev.weir", "Weir", "WeirBuilder");
        know(builder, "dev.weir.http", "HttpTelemetry", "HttpTelemetryBuilder");
        know(builder, "dev.weir.log", "LogPipe", "LogPipeBuilder");
        know(builder, "dev.weir.metric", "LatencyMetrics", "LatencyMetricsBuilder");
        know(builder, "dev.weir.otlp", "OtlpExport", "OtlpExportBuilder");
        know(builder, "dev.weir.sampler", "ConsistentSampler", "ConsistentSamplerBuilder");
        know("the interface offers its usual implementation", "dev.weir.core", "SystemTicker", "Ticker");
        know("the point lists all points of its kind", "dev.weir.context.agent", "AgentPoint", "JdkPoints");
        know("a use of the overlay ends the overlay", "dev.weir.core.internal.logback", "MdcOverlay", "MdcUse");
        know(
                "the operator of a span asks for the trace as an application does",
                "dev.weir.context",
                "SpanScope",
                "Traced");
        know(
                "calls make the code that is handed over, which calls",
                "dev.weir.context.internal",
                "HandedCode",
                "TracedCalls");
        know(
                "a call and its attempts share one compare-and-set",
                "dev.weir.http.internal.client",
                "ClientCall",
                "ClientExchange");
        know(
                "a guard is put around the publishers that a guarded publisher leads to",
                "dev.weir.context.internal.reactor",
                "AssemblyHook",
                "CheckedResults",
                "FlatMapOfMono",
                "GuardedConnectable",
                "GuardedFlux",
                "GuardedMono",
                "GuardedParallel",
                "GuardedPublisher",
                "Guards",
                "InputKind",
                "LastOperatorHook",
                "OperatorCopier",
                "OperatorInputs",
                "PublisherType",
                "ReactorHooks",
                "ScopeFlux",
                "ScopeMono");
    }

    private KnownCycles() {}

    private static void know(String reason, String packageName, String... classes) {
        Set<String> cycle = new TreeSet<>();
        for (String each : classes) {
            cycle.add(packageName + '.' + each);
        }
        REASONS.put(cycle, reason);
    }
}
