// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * What instrumentation adds to the start of a process: servers that answer one request, each start a JVM of its own, the modes in
 * turns. The modes: {@code none}; {@code weir} with its default settings; {@code weir-nolog} without logs; {@code weir-open} in a JVM
 * that is open for Chronicle Queue; {@code weir-open-line} when a line is logged there; {@code javaagent}, that of OpenTelemetry. CPU
 * is that of the whole process, with its compiler and collector, at the first answer and after some seconds more; wall time is from
 * the start of the process to the answer. The class path is that of an application with Weir, all of it jars. Prints medians with
 * their quartiles, and the difference to the first mode.
 *
 * <pre>java … dev.weir.jmh.http.StartUp [starts of each mode] [modes] [seconds]</pre>
 */
public final class StartUp {

    private static final String OPEN = "open";

    /** What an application with Weir, Reactor Netty and Logback has; a library that is not there is not looked for. */
    private static final Pattern OF_AN_APPLICATION = Pattern.compile(
            "(reactor-(core|netty-.*)|reactive-streams|netty-.*|opentelemetry-(api|context|common|semconv|sdk.*)|chronicle-.*|posix"
                    + "|HdrHistogram|logback-.*|slf4j-api|jspecify)-[0-9].*");

    /** What one process has used. */
    private record Start(
            double wallMillis,
            double cpuMillis,
            double weirMillis,
            double classes,
            double residentMib,
            double laterCpuMillis,
            double laterClasses,
            double laterResidentMib) {}

    private StartUp() {}

    public static void main(String[] arguments) throws Exception {
        Quiet.logs();
        int starts = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 11;
        String[] modes = (arguments.length > 1 ? arguments[1] : "none,weir,weir-nolog,javaagent").split(",");
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        String classPath = classPath(Files.createTempDirectory("weir-start-up"));
        Map<String, List<Start>> measured = new LinkedHashMap<>();
        try (Drain drain = new Drain()) {
            for (String mode : modes) {
                // The files of the first start are not in the page cache.
                start(mode, classPath, drain.endpoint(), 0);
            }
            for (int i = 0; i < starts; i++) {
                for (String mode : modes) {
                    measured.computeIfAbsent(mode, m -> new ArrayList<>())
                            .add(start(mode, classPath, drain.endpoint(), seconds));
                }
            }
        }
        print(measured, seconds);
        System.exit(0);
    }

    private static Start start(String mode, String classPath, String endpoint, int seconds)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command(mode, classPath, endpoint))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            double[] first = used(mode, out);
            double wall = (System.nanoTime() - begin) / 1e6;
            Thread.sleep(seconds * 1000L);
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            double[] later = used(mode, out);
            return new Start(wall, first[0], first[1], first[2], first[3], later[0], later[2], later[3]);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** A directory of classes becomes a jar, because an application has jars. */
    private static String classPath(Path jars) throws IOException {
        List<String> classPath = new ArrayList<>();
        for (String entry : MeasuredServer.classPath(false).split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                classPath.add(
                        pack(path, jars.resolve(classPath.size() + ".jar")).toString());
            } else if (OF_AN_APPLICATION.matcher(path.getFileName().toString()).matches()) {
                classPath.add(entry);
            }
        }
        return String.join(File.pathSeparator, classPath);
    }

    private static Path pack(Path directory, Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new ZipEntry(directory.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
        return jar;
    }

    private static double[] used(String mode, BufferedReader out) throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            if (line.startsWith("used ")) {
                String[] parts = line.split(" ");
                return new double[] {
                    Long.parseLong(parts[1]) / 1e6,
                    Long.parseLong(parts[2]) / 1e6,
                    Long.parseLong(parts[3]),
                    Long.parseLong(parts[4]) / 1024.0
                };
            }
        }
        throw new IOException(mode + " ended");
    }

    private static List<String> command(String mode, String classPath, String endpoint) {
        List<String> command = new ArrayList<>();
        command.add(new File(System.getProperty("java.home"), "bin/java").getPath());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
        command.addAll(Stream.of(System.getProperty("start.jvm", "").split(" "))
                .filter(argument -> !argument.isEmpty())
                .toList());
        if (mode.contains(OPEN)) {
            command.addAll(List.of(
                    "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                    "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"));
        }
        if (mode.equals("javaagent")) {
            command.addAll(List.of(
                    "-javaagent:" + MeasuredServer.classPath(true),
                    "-Dotel.service.name=start-up",
                    "-Dotel.exporter.otlp.endpoint=" + endpoint,
                    "-Dotel.exporter.otlp.protocol=http/protobuf"));
        }
        command.addAll(List.of("-cp", classPath, StartUpServer.class.getName(), mode, endpoint));
        return command;
    }

    private static void print(Map<String, List<Start>> measured, int seconds) {
        System.out.println("medians (lower to upper quartile), +: more than the first mode; at the first answer, and "
                + seconds + " s later");
        List<Start> base = measured.values().iterator().next();
        measured.forEach((mode, starts) -> {
            row(mode, "CPU ms", starts, base, Start::cpuMillis);
            row(mode, "of it Weir.start, ms", starts, base, Start::weirMillis);
            row(mode, "wall ms", starts, base, Start::wallMillis);
            row(mode, "classes", starts, base, Start::classes);
            row(mode, "RSS MiB", starts, base, Start::residentMib);
            row(mode, "later CPU ms", starts, base, Start::laterCpuMillis);
            row(mode, "later classes", starts, base, Start::laterClasses);
            row(mode, "later RSS MiB", starts, base, Start::laterResidentMib);
        });
    }

    private static void row(
            String mode, String name, List<Start> starts, List<Start> base, ToDoubleFunction<Start> figure) {
        System.out.printf(
                Locale.ROOT,
                "%-16s %-22s %8.1f (%.1f to %.1f)  %+9.1f%n",
                mode,
                name,
                quantile(starts, figure, 0.5),
                quantile(starts, figure, 0.25),
                quantile(starts, figure, 0.75),
                quantile(starts, figure, 0.5) - quantile(base, figure, 0.5));
    }

    private static double quantile(List<Start> starts, ToDoubleFunction<Start> figure, double share) {
        double[] sorted = starts.stream().mapToDouble(figure).sorted().toArray();
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }
}
