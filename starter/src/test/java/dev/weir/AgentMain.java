// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.time.Duration;
import org.slf4j.LoggerFactory;

/** An application beside an agent; its argument is the receiver, the settings are system properties. */
public final class AgentMain {

    private AgentMain() {}

    public static void main(String[] arguments) {
        Weir weir = Weir.builder()
                .endpoint(arguments[0])
                .set("otel.exporter.otlp.compression", "none")
                .start();
        LoggerFactory.getLogger("shop").info("a line");
        weir.latencyMetrics().orElseThrow().serverDuration().record(1_000_000);
        weir.latencyMetrics().orElseThrow().clientDuration().record(1_000_000);
        weir.latencyMetrics().orElseThrow().histogram("own.pay").build().bind().record(5);
        System.out.println("windows " + weir.latencies().size());
        weir.flush(Duration.ofSeconds(20));
        weir.close(Duration.ofSeconds(20));
        System.exit(0);
    }
}
