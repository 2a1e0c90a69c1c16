// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.SettingsProvider;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** {@code docs/settings.md} is made from the declarations of all modules. */
class SettingsPageTest {

    private static final Map<String, String> CHAPTERS = new LinkedHashMap<>();

    static {
        CHAPTERS.put("otel.exporter.otlp.", "Export: OpenTelemetry's names");
        CHAPTERS.put("otel.", "Service, SDK, batches and instrumentation: OpenTelemetry's names");
        CHAPTERS.put("weir.otlp.", "Export: Weir's own names");
        CHAPTERS.put("weir.http.", "HTTP servers and clients");
        CHAPTERS.put("weir.log.", "The log pipe");
        CHAPTERS.put("weir.metrics.", "Latency metrics");
        CHAPTERS.put("weir.context.", "Trace context");
        CHAPTERS.put("weir.", "Start and end");
    }

    @Test
    void page_hasEverySetting() throws Exception {
        Map<String, StringBuilder> tables = new LinkedHashMap<>();
        for (Row setting : settings()) {
            tables.computeIfAbsent(chapter(setting), chapter -> new StringBuilder())
                    .append(setting);
        }
        StringBuilder page = new StringBuilder("""
                # Settings

                The build makes this page from the declarations in the code, and compares it.

                A value comes from the program (`Weir.builder().set(name, value)` or the setter of a builder), else from the system
                property of this name, else from the environment variable: the name in upper case with `_` for `.` and `-`. An empty
                value counts as unset. A value of a `weir.` name that is not allowed ends the start with one line that has the name, the
                value and what is allowed. For a name of OpenTelemetry its own rule holds: such a value is written to the log once and
                counts as unset, and the value of a flag counts as `false`. Values of secrets appear nowhere.

                Durations are written as `200ms`, `5s`, `10m`, `24h` or `7d` (a bare number is milliseconds), sizes as `64k`, `8m` or
                `1g`.
                """);
        CHAPTERS.values().stream()
                .filter(tables::containsKey)
                .forEach(chapter -> page.append("\n## ")
                        .append(chapter)
                        .append("\n\n| name | allowed | default | meaning |\n| --- | --- | --- | --- |\n")
                        .append(tables.get(chapter)));

        WrittenDocument.of("settings.md").assertIs(page.toString());
    }

    /** The declarations as an application finds them: some list what is on the class path, where tests have providers of their own. */
    private static Set<Row> settings() throws Exception {
        List<URL> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.contains("test-classes")) {
                jars.add(Path.of(entry).toUri().toURL());
            }
        }
        Set<Row> rows = new TreeSet<>(Comparator.comparing(Row::name));
        try (URLClassLoader application =
                new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> type = application.loadClass(SettingsProvider.class.getName());
            for (Object provider : ServiceLoader.load(type, application)) {
                for (Object setting : (Collection<?>) type.getMethod("settings").invoke(provider)) {
                    rows.add(Row.of(setting));
                }
            }
        }
        return rows;
    }

    private static String chapter(Row setting) {
        return CHAPTERS.entrySet().stream()
                .filter(chapter -> setting.name().startsWith(chapter.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow();
    }

    private record Row(String name, String allowed, String standard, String description) {

        static Row of(Object setting) throws ReflectiveOperationException {
            String standard = text(setting, "defaultText");
            String fallback = text(setting, "fallback");
            return new Row(
                    text(setting, "name"),
                    text(setting, "allowed"),
                    standard.isEmpty() ? fallback.isEmpty() ? "–" : fallback : '`' + standard + '`',
                    text(setting, "description"));
        }

        private static String text(Object setting, String method) throws ReflectiveOperationException {
            Object text = setting.getClass().getMethod(method).invoke(setting);
            return text == null ? "" : text.toString();
        }

        @Override
        public String toString() {
            return "| `" + name + "` | " + allowed + " | " + standard + " | " + description + " |\n";
        }
    }
}
