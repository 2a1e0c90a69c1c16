// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Signal;
import io.opentelemetry.api.trace.Span;
import java.time.Duration;

/** Starts with what its environment says and shows what came of it. */
final class VariablesMain {

    static final int SPANS = 20;

    private VariablesMain() {}

    public static void main(String[] arguments) {
        WeirBuilder builder = Weir.builder();
        for (String pair : arguments) {
            builder.set(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        try (Weir weir = builder.start()) {
            int sampled = 0;
            for (int i = 0; i < SPANS; i++) {
                Span span = weir.openTelemetry().getTracer("t").spanBuilder("s").startSpan();
                sampled += span.getSpanContext().isSampled() ? 1 : 0;
                span.end();
            }
            System.out.println("enabled " + weir.isEnabled());
            System.out.println("sampled " + sampled);
            System.out.println("sdk " + weir.openTelemetry());
            System.out.println(
                    "produced " + weir.ledger().of(Signal.TRACES).snapshot().produced());
            weir.close(Duration.ofMillis(100));
        }
    }
}
