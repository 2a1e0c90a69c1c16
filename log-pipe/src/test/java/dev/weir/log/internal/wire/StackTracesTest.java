// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

class StackTracesTest {

    private static String printed(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    static List<Throwable> exceptions() {
        Exception plain = new IllegalStateException("plain");
        Exception causes = new RuntimeException("outer", new IllegalStateException("middle", new Error("inner")));
        Exception suppressed = new RuntimeException("outer", new Error("cause"));
        suppressed.addSuppressed(new IllegalStateException("first", new Error("its cause")));
        suppressed.addSuppressed(new IllegalStateException("second"));
        Exception one = new RuntimeException("one");
        Exception two = new RuntimeException("two", one);
        one.initCause(two);
        AtomicReference<Throwable> checkpoint = new AtomicReference<>();
        Mono.error(new IllegalStateException("no stock"))
                .checkpoint("POST /orders")
                .subscribe(x -> {}, checkpoint::set);
        return List.of(plain, causes, suppressed, one, checkpoint.get());
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void print_isWhatTheJdkPrints(Throwable thrown) {
        assertThat(StackTraces.print(thrown, 1 << 20, 10_000).toString()).isEqualTo(printed(thrown));
    }

    @Test
    void print_keepsItsBounds() {
        Throwable deep = new Error("0");
        for (int i = 1; i < 1000; i++) {
            deep = new Error(Integer.toString(i), deep);
            deep.addSuppressed(new Error("suppressed"));
        }

        assertThat(StackTraces.print(deep, 1024, 5).length()).isEqualTo(1024);
        assertThat(StackTraces.print(deep, 1 << 20, 5).toString().lines()).hasSizeLessThan(1_000);
        assertThat(StackTraces.print(new Error("x"), 4096, 2).toString().lines())
                .hasSize(4);
    }
}
