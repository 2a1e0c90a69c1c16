// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.SettingsProvider;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** The settings of all rooms together. */
class ProvidersTest {

    @Test
    void oneName_hasOneDeclaration() {
        Map<String, Setting<?>> declared = new HashMap<>();
        for (SettingsProvider provider : ServiceLoader.load(SettingsProvider.class)) {
            for (Setting<?> setting : provider.settings()) {
                Setting<?> other = declared.put(setting.name(), setting);
                assertThat(other == null || other == setting)
                        .as("%s, declared twice", setting.name())
                        .isTrue();
            }
        }

        assertThat(declared).hasSizeGreaterThan(80);
    }

    @Test
    void names_ofVariables_belongToOneSetting() {
        Map<String, String> names = new HashMap<>();
        for (SettingsProvider provider : ServiceLoader.load(SettingsProvider.class)) {
            for (Setting<?> setting : provider.settings()) {
                assertThat(names.put(setting.environmentName(), setting.name())).isIn(null, setting.name());
            }
        }
    }

    /** As an uber jar whose service files were not merged. */
    private static final class WithoutServiceFiles extends URLClassLoader {

        WithoutServiceFiles() throws MalformedURLException {
            super(classPath(), ClassLoader.getPlatformClassLoader());
        }

        private static URL[] classPath() throws MalformedURLException {
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                urls.add(new File(entry).toURI().toURL());
            }
            return urls.toArray(URL[]::new);
        }

        @Override
        public Enumeration<URL> findResources(String name) throws IOException {
            return name.equals("META-INF/services/" + SettingsProvider.class.getName())
                    ? Collections.emptyEnumeration()
                    : super.findResources(name);
        }
    }

    @Test
    void roomsWhoseServiceFilesWereLost_areKnown_andALineNamesTheCause() throws Exception {
        List<String> lines = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("weir.settings");
        logger.addHandler(handler);
        try (URLClassLoader loader = new WithoutServiceFiles()) {
            Class<?> settings = loader.loadClass(Settings.class.getName());
            assertThat(build(settings, "weir.log.max.bytes", "100m"))
                    .hasToString("Settings{weir.log.max.bytes=100m (the program)}");
            build(settings, "weir.otlp.linger", "50ms");
            assertThatThrownBy(() -> build(settings, "weir.log.max.bites", "100m"))
                    .isInstanceOf(InvocationTargetException.class)
                    .hasStackTraceContaining("did you mean weir.log.max.bytes?");
        } finally {
            logger.removeHandler(handler);
        }

        assertThat(lines)
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("META-INF/services/dev.weir.core.SettingsProvider")
                        .contains("dev.weir.StarterSettings, dev.weir.context.ContextSettings, ")
                        .contains("an uber jar must merge"));
    }

    private static Object build(Class<?> settings, String name, String value) throws ReflectiveOperationException {
        Object builder = settings.getMethod("builder").invoke(null);
        Class<?> type = builder.getClass();
        type.getMethod("set", String.class, String.class).invoke(builder, name, value);
        return type.getMethod("build").invoke(builder);
    }
}
