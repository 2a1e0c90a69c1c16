// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether Chronicle Queue can work in this JVM, without loading any of it: where a flag is missing it would
 * turn into a read-only queue instead of failing. Stateless.
 */
public final class ChronicleProbe {

    /** What opens a JVM for Chronicle Queue, for the command line or {@code JDK_JAVA_OPTIONS}. */
    public static final String FLAGS =
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED --add-exports=java.base/sun.nio.ch=ALL-UNNAMED";

    private static final String QUEUE = "net/openhft/chronicle/queue/ChronicleQueue.class";
    /** Of the queue, where it is on the module path. */
    private static final String MODULE = "chronicle.queue";

    private ChronicleProbe() {}

    /** Why it cannot work here; null when it can. */
    public static @Nullable String obstacle() {
        ClassLoader loader = ChronicleProbe.class.getClassLoader();
        if (loader.getResource(QUEUE) == null) {
            return "chronicle-queue is not on the class path";
        }
        Module user = ModuleLayer.boot().findModule(MODULE).orElseGet(loader::getUnnamedModule);
        Module base = Object.class.getModule();
        if (!base.isOpen("java.lang.reflect", user) || !base.isExported("sun.nio.ch", user)) {
            return "the JVM was started without " + FLAGS;
        }
        if (!unsafeWorks()) {
            return "the JVM denies sun.misc.Unsafe";
        }
        return null;
    }

    /**
     * From JDK 23 on, memory access through Unsafe can be denied; Chronicle is built on it. The JDK is asked for its
     * option: an access by us, to try it, would be warned of from JDK 24 on.
     */
    private static boolean unsafeWorks() {
        if (Runtime.version().feature() < 23) {
            return true;
        }
        try {
            Method option = Class.forName("sun.misc.Unsafe$MemoryAccessOption").getDeclaredMethod("value");
            option.setAccessible(true);
            return !"DENY".equals(String.valueOf(option.invoke(null)));
        } catch (ReflectiveOperationException | RuntimeException gone) {
            return false;
        }
    }

    /** Switches off what Chronicle would otherwise do on its own; must run before its first class is loaded. */
    static void quieten() {
        set("chronicle.analytics.disable", "true");
        set("chronicle.announcer.disable", "true");
        set("chronicle.disk.monitor.disable", "true");
    }

    private static void set(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
