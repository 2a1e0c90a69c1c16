// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.forked;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlockHoundTest {

    @Test
    void serverClientAndWebClient_neverBlockAnEventLoop() throws Exception {
        String output = ForkedJvm.run(BlockingMain.class, "-XX:+AllowRedefinitionToAddDeleteMethods");

        assertThat(output).contains("control: noticed").contains("done").doesNotContain("blocked: ");
    }
}
