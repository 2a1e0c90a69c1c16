// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives the last core to the measured servers and the others to the generator, with {@code taskset} where it is there. Servers take turns,
 * so they share their core.
 */
final class Cores {

    private final List<String> allowed;

    private Cores(List<String> allowed) {
        this.allowed = allowed;
    }

    /** The cores that this process may use. */
    static Cores ofThisProcess() {
        List<String> cores = new ArrayList<>();
        String answer = taskset("-cp", String.valueOf(ProcessHandle.current().pid()));
        if (answer != null) {
            for (String range :
                    answer.substring(answer.lastIndexOf(':') + 1).trim().split(",")) {
                String[] ends = range.split("-");
                for (int core = Integer.parseInt(ends[0]); core <= Integer.parseInt(ends[ends.length - 1]); core++) {
                    cores.add(String.valueOf(core));
                }
            }
        }
        return new Cores(cores);
    }

    /** Pins the servers, and all threads of this process, and says what became of it. */
    String pin(List<MeasuredServer> servers) {
        if (allowed.size() < 2) {
            return "not pinned: " + (allowed.isEmpty() ? "no taskset" : "one core only");
        }
        String last = allowed.get(allowed.size() - 1);
        String others = String.join(",", allowed.subList(0, allowed.size() - 1));
        boolean pinned = pin(others, ProcessHandle.current().pid());
        for (MeasuredServer server : servers) {
            pinned &= pin(last, server.pid());
        }
        return pinned
                ? "pinned: servers to core " + last + ", generator to " + others
                : "not pinned: taskset did not work for each process";
    }

    private static boolean pin(String cores, long pid) {
        return taskset("-acp", cores, String.valueOf(pid)) != null;
    }

    /** What it printed; null when it is not there or failed. */
    private static String taskset(String... arguments) {
        List<String> command = new ArrayList<>(List.of("taskset"));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? printed : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
