// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.context.Context;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class InstrumentationSuppressionTest {

    @Test
    void run_marksTheContextOfTheTaskOnly() {
        AtomicBoolean inside = new AtomicBoolean();

        InstrumentationSuppression.run(
                () -> inside.set(InstrumentationSuppression.isSuppressed(Context.current())));

        assertThat(inside).isTrue();
        assertThat(InstrumentationSuppression.isSuppressed(Context.current())).isFalse();
    }

    @Test
    void run_passesOnWhatTheTaskThrows() {
        IllegalArgumentException failure = new IllegalArgumentException("x");

        assertThatThrownBy(() -> InstrumentationSuppression.run(() -> {
                    throw failure;
                }))
                .isSameAs(failure);
    }
}
