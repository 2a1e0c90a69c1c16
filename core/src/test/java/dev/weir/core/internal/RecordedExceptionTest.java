// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RecordedExceptionTest {

    private final List<Object> recorded = new ArrayList<>();
    private final Span span = (Span) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Span.class}, (proxy, method, arguments) -> {
                recorded.add(arguments[arguments.length - 1]);
                return proxy;
            });

    private Map<String, Object> event() {
        return ((Attributes) recorded.get(0))
                .asMap().entrySet().stream()
                        .collect(Collectors.toMap(e -> e.getKey().getKey(), Map.Entry::getValue));
    }

    private void record(Throwable failure) {
        RecordedException.record(span, failure, UrlRedactor.standard()::text);
    }

    @Test
    void exceptionWhoseTextIsNull_isRecordedAsItIs() {
        IllegalStateException failure = new IllegalStateException("away") {
            @Override
            public String toString() {
                return null;
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                return null;
            }
        };

        record(failure);

        assertThat(recorded).containsExactly(failure);
    }

    @Test
    void exceptionWithoutSecrets_isRecordedAsItIs() {
        IllegalStateException failure = new IllegalStateException("away", new RuntimeException("because"));

        record(failure);

        assertThat(recorded).containsExactly(failure);
    }

    @Test
    void exceptionWithSecrets_losesThemInItsMessageAndItsStackTrace() {
        record(new IllegalStateException("http://svc:Pa55word@host", new RuntimeException("?sig=Se%cret")));

        assertThat(event())
                .containsEntry("exception.type", "java.lang.IllegalStateException")
                .containsEntry("exception.message", "http://REDACTED:REDACTED@host");
        assertThat(event().get("exception.stacktrace").toString())
                .contains("RecordedExceptionTest", "Caused by: java.lang.RuntimeException: ?sig=REDACTED")
                .doesNotContain("Pa55word", "Se%cret");
    }

    @Test
    void secretOfASuppressedException_isHidden() {
        IllegalStateException failure = new IllegalStateException();
        failure.addSuppressed(new RuntimeException("svc:Pa55word@host"));

        record(failure);

        assertThat(event()).doesNotContainKey("exception.message");
        assertThat(event().get("exception.stacktrace").toString())
                .contains("Suppressed:")
                .doesNotContain("Pa55word");
    }

    @Test
    void causesInARing_areNoTrap() {
        IllegalStateException failure = new IllegalStateException("one");
        failure.initCause(new RuntimeException("two", failure));

        record(failure);

        assertThat(event()).containsEntry("exception.message", "one");
    }

    @Test
    void exceptionWhoseMessageThrows_isRecordedByItsType() {
        record(new IllegalStateException() {
            @Override
            public String getMessage() {
                throw new IllegalArgumentException("no message");
            }
        });

        assertThat(event()).containsOnlyKeys("exception.type");
    }
}
