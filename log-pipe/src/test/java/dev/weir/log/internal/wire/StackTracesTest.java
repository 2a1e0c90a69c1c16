// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
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
        List<Throwable> all = new ArrayList<>(List.of(plain, causes, suppressed, one, checkpoint.get()));

        Exception chain = new IllegalStateException("0");
        for (int i = 1; i < 40; i++) {
            chain = recursive(i % 7, new RuntimeException("level " + i, chain));
        }
        all.add(chain);
        Exception tree = new IOException("tree", new Error("cause"));
        for (int i = 0; i < 5; i++) {
            Exception branch = new IllegalStateException("branch " + i, new IOException("its cause"));
            branch.addSuppressed(new Error("leaf", new Error("under the leaf")));
            tree.addSuppressed(branch);
        }
        tree.getCause().addSuppressed(new Error("of the cause"));
        all.add(tree);
        Exception twice = new IOException("twice");
        Exception shared = new IOException("shared");
        twice.addSuppressed(shared);
        twice.addSuppressed(shared);
        twice.initCause(shared);
        all.add(twice);
        Exception mutual = new IOException("mutual");
        Exception other = new IOException("other", mutual);
        mutual.addSuppressed(other);
        all.add(mutual);
        all.add(new IllegalStateException() {
            @Override
            public synchronized Throwable getCause() {
                return this;
            }
        });
        all.add(new RuntimeException((String) null));
        all.add(new RuntimeException("two\nlines\tand 😀 \u0000", null));
        all.add(new RuntimeException(new IOException("only a cause")));
        all.add(new RuntimeException("no frames", new Error("cause"), true, false) {});
        all.add(new IllegalStateException("x") {
            @Override
            public String toString() {
                return "its own text: " + getMessage();
            }
        });
        Exception without = new IOException("frames were taken away");
        without.setStackTrace(new StackTraceElement[0]);
        all.add(new RuntimeException(without));
        all.add(fromAnotherThread());
        all.add(recursive(50, new Error("deep")));
        all.addAll(ofReactor());
        return all;
    }

    private static Exception recursive(int depth, Throwable cause) {
        return depth == 0 ? new RuntimeException("recursive", cause) : recursive(depth - 1, cause);
    }

    private static Throwable fromAnotherThread() {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> thrown.set(new IOException("elsewhere")));
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return new IllegalStateException("here", thrown.get());
    }

    private static List<Throwable> ofReactor() {
        AtomicReference<Throwable> many = new AtomicReference<>();
        Mono.error(new IOException("a"))
                .checkpoint("first")
                .map(x -> x)
                .checkpoint("second", true)
                .onErrorMap(e -> new IllegalStateException("mapped", e))
                .checkpoint("HTTP GET /orders")
                .subscribe(x -> {}, many::set);
        Throwable blocked = catchThrowable(
                () -> Mono.error(new IOException("b")).checkpoint("blocked").block());
        Throwable delayed = catchThrowable(() -> Flux.concatDelayError(
                        Mono.error(new IOException("c")), Mono.error(new IllegalStateException("d")))
                .blockLast());
        return List.of(
                many.get(),
                blocked,
                delayed,
                Exceptions.multiple(new IOException("e"), new Error("f")),
                Exceptions.propagate(new IOException("g")));
    }

    @Test
    void threadWithoutStackLeft_hasWhatThereWasRoomFor() {
        Exception odd = new IllegalStateException("odd", new Error("unreachable")) {
            @Override
            public synchronized Throwable getCause() {
                throw new StackOverflowError();
            }
        };
        assertThat(StackTraces.print(odd, 1 << 20, 3).toString())
                .startsWith(odd + "\n\tat ")
                .doesNotContain("unreachable");
    }

    @Test
    void checkpoint_isThere_withDefaultLimits() {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Mono.error(recursive(500, new IOException("no stock")))
                .checkpoint("HTTP GET /orders")
                .subscribe(x -> {}, thrown::set);

        RecordLimits limits = RecordLimits.DEFAULT;
        assertThat(StackTraces.print(thrown.get(), limits.stackTrace(), limits.stackFrames())
                        .toString())
                .contains("Suppressed: ", "HTTP GET /orders", "Caused by: java.io.IOException: no stock");
    }

    @Test
    void cut_isNotBetweenTwoSurrogates() {
        String head = "java.lang.Error: ";
        assertThat(StackTraces.print(new Error("😀😀"), head.length() + 3, 5).toString())
                .isEqualTo(head + "😀");
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
