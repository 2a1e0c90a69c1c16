// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import dev.weir.context.matrix.Conditions;
import dev.weir.context.matrix.Scoping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Runs the enumeration in a JVM of its own and prints the table; the wrong cases go to a file. */
public final class OperatorsMain {

    private OperatorsMain() {}

    /**
     * @param args the mode ({@code library}, {@code compatible}, {@code automatic}, {@code none}, {@code woven}), the file for
     *     the wrong cases, and a part of an operator's name to try only those
     */
    public static void main(String[] args) throws IOException {
        TracedLogger.install();
        QueueScheduler.replaceReactors();
        Scoping scoping = enter(args[0]);
        Enumeration enumeration = new Enumeration(scoping, args[0].equals("automatic"), args.length > 2 ? args[2] : "");
        long start = System.nanoTime();
        watch(enumeration, Thread.currentThread());
        enumeration.runAll();
        Files.write(Path.of(args[1]), enumeration.wrong());
        enumeration.table().forEach(System.out::println);
        enumeration
                .defects()
                .forEach((what, where) -> System.out.println("DEFECT " + what + " in " + where.size() + ": "
                        + where.stream().limit(4).toList()));
        enumeration.neverRun().forEach(lambda -> System.out.println("NEVER RAN " + lambda));
        System.out.println(args[0] + ": " + enumeration.runs() + " pipelines, "
                + enumeration.wrong().size() + " wrong, " + (System.nanoTime() - start) / 1_000_000 + " ms");
        System.exit(0);
    }

    /** Ends the process, with the stack, when one pipeline does not come to its end. */
    private static void watch(Enumeration enumeration, Thread runner) {
        Thread watch = new Thread(
                () -> {
                    int before = -1;
                    while (true) {
                        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(15));
                        if (enumeration.runs() == before) {
                            System.out.println("DEFECT hangs: " + enumeration.now());
                            Stream.of(runner.getStackTrace()).limit(60).forEach(System.out::println);
                            Runtime.getRuntime().halt(3);
                        }
                        before = enumeration.runs();
                    }
                },
                "watch");
        watch.setDaemon(true);
        watch.start();
    }

    private static Scoping enter(String mode) {
        return switch (mode) {
            case "library" -> Conditions.enter("weir");
            case "compatible" -> {
                Conditions.enter("auto");
                yield Conditions.enter("weir");
            }
            case "automatic" -> Conditions.enter("auto");
            case "woven" -> Conditions.enter("agent");
            default -> Conditions.enter(mode);
        };
    }
}
