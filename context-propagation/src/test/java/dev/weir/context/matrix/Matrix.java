// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs cases and sums up. */
final class Matrix {

    private Matrix() {}

    static List<Case> cases() {
        List<Case> all = new ArrayList<>(OperatorCases.all());
        all.addAll(HopCases.all());
        all.addAll(SourceCases.all());
        all.addAll(SharingCases.all());
        all.addAll(ScopeCases.all());
        return all;
    }

    /**
     * What one case came to.
     *
     * @param wrong lambdas that saw another span than theirs, or what went wrong altogether
     * @param unclean threads that a span was left on
     */
    record Verdict(List<String> wrong, List<String> unclean) {

        boolean right() {
            return wrong.isEmpty();
        }
    }

    static Verdict run(Case oneCase, Scoping scoping) {
        try (Probe probe = new Probe(scoping)) {
            List<String> wrong = new ArrayList<>();
            Thread runner = new Thread(
                    () -> {
                        try {
                            oneCase.body().run(probe);
                        } catch (Throwable failure) {
                            wrong.add("failed: " + failure);
                        }
                        if (Probe.current() != 0) {
                            wrong.add("the caller was left with " + Probe.current());
                        }
                    },
                    "caller");
            runner.start();
            runner.join(30_000);
            if (runner.isAlive()) {
                wrong.add("hangs");
                runner.interrupt();
            }
            wrong.addAll(probe.wrong());
            if (probe.checks() == 0) {
                wrong.add("nothing was checked");
            }
            return new Verdict(wrong, probe.unclean());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static Map<Case, Verdict> runAll(Scoping scoping) {
        Map<Case, Verdict> verdicts = new LinkedHashMap<>();
        for (Case oneCase : cases()) {
            verdicts.put(oneCase, run(oneCase, scoping));
        }
        return verdicts;
    }
}
