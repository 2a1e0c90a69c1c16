// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import java.util.Map;

/**
 * Runs the matrix in a JVM of its own under one condition and prints each case that is not right, then
 * {@code right/total unclean}.
 */
public final class MatrixMain {

    private MatrixMain() {}

    /** @param args the condition: {@code none}, {@code weir}, … */
    public static void main(String[] args) {
        String mode = args[0];
        Scoping scoping = Conditions.enter(mode);
        int right = 0;
        int unclean = 0;
        Map<Case, Matrix.Verdict> verdicts = Matrix.runAll(scoping);
        for (Map.Entry<Case, Matrix.Verdict> entry : verdicts.entrySet()) {
            Matrix.Verdict verdict = entry.getValue();
            right += verdict.right() ? 1 : 0;
            unclean += verdict.unclean().size();
            if (!verdict.right() || !verdict.unclean().isEmpty()) {
                System.out.println("- " + entry.getKey() + ": "
                        + verdict.wrong().stream().limit(3).toList() + " unclean " + verdict.unclean());
            }
        }
        System.out.println(mode + " " + right + "/" + verdicts.size() + " unclean " + unclean);
        System.exit(0);
    }
}
