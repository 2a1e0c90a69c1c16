// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.HealthContribution.Status;
import org.junit.jupiter.api.Test;

class HealthTest {

    private final Health health = new Health();

    private static HealthContribution contribution(String name, Status status) {
        return new HealthContribution() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Status status() {
                return status;
            }

            @Override
            public String detail() {
                return "";
            }
        };
    }

    @Test
    void status_isTheWorst_andFollowsTheRegistrations() {
        assertThat(health.status()).isEqualTo(Status.UP);

        health.register(contribution("a", Status.UP));
        Registration down = health.register(contribution("b", Status.DOWN));
        health.register(contribution("c", Status.DEGRADED));
        assertThat(health.status()).isEqualTo(Status.DOWN);

        down.close();
        assertThat(health.status()).isEqualTo(Status.DEGRADED);
        assertThat(health.contributions()).extracting(HealthContribution::name).containsExactly("a", "c");
    }
}
