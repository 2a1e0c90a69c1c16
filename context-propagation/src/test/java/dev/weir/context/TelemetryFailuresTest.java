// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.context.log.LogFields;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Telemetry that throws: the pipeline's own signals are those that it has without. */
class TelemetryFailuresTest {

    private final TracePropagation propagation = TracePropagation.enable();
    private final Set<String> called = ConcurrentHashMap.newKeySet();
    private final List<Throwable> dropped = new CopyOnWriteArrayList<>();
    private final long before = propagation.failures();

    @BeforeEach
    void watch() {
        Hooks.onErrorDropped(dropped::add);
    }

    @AfterEach
    void nothingWasDropped() {
        Hooks.resetOnErrorDropped();
        propagation.close();
        assertThat(dropped).isEmpty();
        assertThat(Traces.current()).isZero();
    }

    /** A span each of whose methods throws an Error, or all but those that a trace needs. */
    private Span throwingSpan(boolean alsoItsContext) {
        SpanContext context = Span.fromContext(Traces.trace(5)).getSpanContext();
        InvocationHandler handler = (proxy, method, arguments) -> {
            called.add(method.getName());
            return switch (method.getName()) {
                case "storeInContext" -> InvocationHandler.invokeDefault(proxy, method, arguments);
                case "getSpanContext" -> {
                    if (alsoItsContext) {
                        throw new AssertionError("a span that throws");
                    }
                    yield context;
                }
                default -> throw new AssertionError("a span that throws");
            };
        };
        return (Span) Proxy.newProxyInstance(Span.class.getClassLoader(), new Class<?>[] {Span.class}, handler);
    }

    private SpanBuilder builder(boolean starts) {
        return (SpanBuilder) Proxy.newProxyInstance(
                SpanBuilder.class.getClassLoader(), new Class<?>[] {SpanBuilder.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("startSpan")) {
                        if (starts) {
                            return throwingSpan(false);
                        }
                        throw new StackOverflowError("a sampler that throws");
                    }
                    return proxy;
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void span_thatThrows_changesNoSignal(boolean starts) {
        StepVerifier.create(Traced.span(Flux.just(1, 2), builder(starts)))
                .expectNext(1, 2)
                .verifyComplete();
        StepVerifier.create(Traced.span(Mono.just(1), builder(starts)))
                .expectNext(1)
                .verifyComplete();
        StepVerifier.create(Traced.span(Mono.empty(), builder(starts))).verifyComplete();
        StepVerifier.create(Traced.span(Flux.never(), builder(starts)))
                .thenCancel()
                .verify();
        IllegalStateException own = new IllegalStateException("the application's");
        StepVerifier.create(Traced.span(Mono.error(own), builder(starts)))
                .verifyErrorSatisfies(
                        failure -> assertThat(failure).isSameAs(own).hasNoSuppressedExceptions());
        StepVerifier.create(Traced.span(Flux.error(own), builder(starts)))
                .verifyErrorSatisfies(
                        failure -> assertThat(failure).isSameAs(own).hasNoSuppressedExceptions());

        assertThat(propagation.failures() - before).isGreaterThanOrEqualTo(6);
    }

    @Test
    void span_thatThrowsAtEachFact_isStillAskedToEnd() {
        assertThatThrownBy(() -> Traced.span(Mono.error(new IllegalStateException("own")), builder(true))
                        .block())
                .hasMessage("own");

        assertThat(called).contains("setStatus", "setAttribute", "end");
    }

    @Test
    void span_thatDoesNotStart_leavesTheSourceInItsParentsTrace() {
        assertThat(Traced.with(Traced.span(Mono.fromSupplier(Traces::current), builder(false)), Traces.trace(3))
                        .block())
                .isEqualTo(3);
    }

    private static final class Hostile extends RuntimeException {

        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no message");
        }

        @Override
        public String toString() {
            throw new IllegalStateException("no text");
        }
    }

    @Test
    void exceptionWhoseMessageThrows_reachesTheSubscriber_andTheSpanEnds() {
        Hostile hostile = new Hostile();
        List<String> ends = new CopyOnWriteArrayList<>();
        Span span = new Asking(ends);
        SpanBuilder builder = (SpanBuilder) Proxy.newProxyInstance(
                SpanBuilder.class.getClassLoader(),
                new Class<?>[] {SpanBuilder.class},
                (proxy, method, arguments) -> method.getName().equals("startSpan") ? span : proxy);

        StepVerifier.create(Traced.span(Mono.error(hostile), builder))
                .expectErrorMatches(failure -> failure == hostile)
                .verify();

        assertThat(ends).containsExactly("end");
    }

    @Test
    void traceOf_thatThrowsOrFindsNone_leavesTheElementWithoutATrace() {
        List<String> seen = new CopyOnWriteArrayList<>();

        StepVerifier.create(Traced.perElement(
                        Flux.just(1, 2, 3, 4),
                        element -> {
                            if (element == 2) {
                                throw new IllegalArgumentException("headers that nobody can read");
                            }
                            return element == 3 ? null : Traces.trace(element);
                        },
                        element -> {
                            seen.add(element + ":" + Traces.current());
                            return Mono.just(element);
                        }))
                .expectNext(1, 2, 3, 4)
                .verifyComplete();

        assertThat(seen).containsExactly("1:1", "2:0", "3:0", "4:4");
        assertThat(propagation.failures() - before).isEqualTo(1);
    }

    @Test
    void handlerThatThrows_isTheApplicationsError() {
        StepVerifier.create(Traced.perElement(Flux.just(1), id -> Traces.trace(id), element -> {
                    throw new IllegalStateException("the application's");
                }))
                .verifyErrorMessage("the application's");
    }

    @Test
    void logFields_ofASpanThatThrows_areThoseOfTheThread() {
        Context hostile = LogFields.put(Context.root().with(throwingSpan(true)), "tenant", "acme");
        try (Scope scope = hostile.makeCurrent()) {
            assertThat(LogFields.get(LogFields.TRACE_ID)).isNull();
            assertThat(LogFields.get("tenant")).isEqualTo("acme");
            assertThat(LogFields.over(Map.of("own", "1")))
                    .containsOnly(Map.entry("own", "1"), Map.entry("tenant", "acme"));
            assertThat(LogFields.current()).containsOnlyKeys("tenant");
        }
    }

    /** Asks the exception for what an SDK asks it. */
    private record Asking(List<String> ends) implements Span {

        @Override
        public <T> Span setAttribute(AttributeKey<T> key, T value) {
            return this;
        }

        @Override
        public Span addEvent(String name, Attributes attributes) {
            return this;
        }

        @Override
        public Span addEvent(String name, Attributes attributes, long timestamp, java.util.concurrent.TimeUnit unit) {
            return this;
        }

        @Override
        public Span setStatus(StatusCode statusCode, String description) {
            return this;
        }

        @Override
        public Span recordException(Throwable exception, Attributes additionalAttributes) {
            return setAttribute("exception.message", String.valueOf(exception.getMessage()));
        }

        @Override
        public Span updateName(String name) {
            return this;
        }

        @Override
        public void end() {
            ends.add("end");
        }

        @Override
        public void end(long timestamp, java.util.concurrent.TimeUnit unit) {
            ends.add("end");
        }

        @Override
        public SpanContext getSpanContext() {
            return Span.fromContext(Traces.trace(5)).getSpanContext();
        }

        @Override
        public boolean isRecording() {
            return true;
        }
    }
}
