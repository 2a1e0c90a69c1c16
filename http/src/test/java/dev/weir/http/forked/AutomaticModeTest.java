// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.forked;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Beside Reactor's automatic mode every place of a request has its trace, the ones that have no Reactor Context of their own included. */
class AutomaticModeTest {

    @ParameterizedTest
    @ValueSource(strings = {"before", "after"})
    void everyPlaceOfARequest_hasItsTrace(String order) throws Exception {
        String output = ForkedJvm.run(AutomaticModeMain.class, "-Dorder=" + order);

        assertThat(output).contains("done").doesNotContain("wrong: ").doesNotContain("Exception");
        assertThat(List.of(
                        "handler of 1",
                        "access log of 2",
                        "received body of 2",
                        "after a delay of 1",
                        "end of 1",
                        "websocket handler of 3",
                        "websocket message of 3",
                        "websocket message after a delay of 3",
                        "filter of 4",
                        "web handler of 4",
                        "beforeCommit of 4",
                        "end of the filter of 5",
                        "error handler of 5",
                        "error handler after a delay of 5",
                        "beforeCommit of 5"))
                .allSatisfy(place -> assertThat(output).contains("right: " + place));
    }
}
