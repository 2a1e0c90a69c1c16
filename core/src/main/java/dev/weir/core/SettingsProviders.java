// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import dev.weir.core.internal.ThrottledLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Finds the settings of every module on the class path. An uber jar whose service files were not merged lists only some of them,
 * so the modules that are there are asked by name, too, and one line in a process names what is missing.
 */
final class SettingsProviders {

    private static final List<String> MODULES = List.of(
            "dev.weir.StarterSettings",
            "dev.weir.context.ContextSettings",
            "dev.weir.http.HttpSettings",
            "dev.weir.log.LogSettings",
            "dev.weir.metric.MetricSettings",
            "dev.weir.otlp.OtlpSettings");

    private static final AtomicBoolean REPORTED = new AtomicBoolean();

    private SettingsProviders() {}

    static Collection<SettingsProvider> find(ClassLoader loader) {
        List<SettingsProvider> found = new ArrayList<>();
        Set<String> missing = new TreeSet<>(MODULES);
        Set<String> broken = new HashSet<>();
        Iterator<SettingsProvider> listed =
                ServiceLoader.load(SettingsProvider.class, loader).iterator();
        while (hasNext(listed, broken)) {
            try {
                SettingsProvider provider = listed.next();
                found.add(provider);
                missing.remove(provider.getClass().getName());
            } catch (ServiceConfigurationError e) {
                broken.add(e.toString());
            }
        }
        Set<String> unlisted = new TreeSet<>();
        for (String module : missing) {
            if (add(module, loader, found)) {
                unlisted.add(module);
            }
        }
        report(unlisted, broken);
        return found;
    }

    /** Each call reads on behind what it could not read; a file that cannot be read at all ends the search. */
    private static boolean hasNext(Iterator<SettingsProvider> listed, Set<String> broken) {
        try {
            return listed.hasNext();
        } catch (ServiceConfigurationError e) {
            broken.add(e.toString());
            return false;
        }
    }

    /** Whether the module is on the class path. */
    private static boolean add(String module, ClassLoader loader, List<SettingsProvider> found) {
        try {
            found.add(Class.forName(module, true, loader)
                    .asSubclass(SettingsProvider.class)
                    .getConstructor()
                    .newInstance());
            return true;
        } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
            return false;
        }
    }

    private static void report(Set<String> unlisted, Set<String> broken) {
        if (unlisted.isEmpty() && broken.isEmpty() || !REPORTED.compareAndSet(false, true)) {
            return;
        }
        ThrottledLog log = ThrottledLog.of("weir.settings", System::nanoTime);
        log.warn("META-INF/services/" + SettingsProvider.class.getName()
                + " does not name all modules of Weir on the class path"
                + (unlisted.isEmpty() ? "" : ": it lacks " + String.join(", ", unlisted))
                + (broken.isEmpty() ? "" : ": " + String.join("; ", broken))
                + "; an uber jar must merge the files in META-INF/services, else OpenTelemetry does not find"
                + " what it needs, either");
    }
}
