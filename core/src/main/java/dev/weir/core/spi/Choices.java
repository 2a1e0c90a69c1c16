// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The values that a program gives to a builder. They win over {@link Settings}. Each value is checked at the call that sets it.
 * Not thread-safe; the {@link Values} that it makes are.
 *
 * @since 0.1
 */
public final class Choices {

    private final Map<String, Object> chosen = new HashMap<>();

    /**
     * Sets a value.
     *
     * @throws NullPointerException for null, naming the setting
     * @throws IllegalArgumentException for a value that is not allowed, naming the setting, the value and what is allowed
     * @throws IllegalStateException when the setting was set before
     */
    public <T> void set(Setting<T> setting, T value) {
        T checked = setting.check(value);
        Object before = chosen.putIfAbsent(setting.name(), checked);
        if (before != null) {
            throw twice(setting.name());
        }
    }

    /** Whether the program set it. */
    public boolean isSet(Setting<?> setting) {
        return chosen.containsKey(setting.name());
    }

    /** What holds now: what was set here, else what {@code settings} say. Later calls of {@link #set} do not change it. */
    public Values over(Settings settings) {
        return new Values(Map.copyOf(chosen), settings);
    }

    /**
     * For what a program sets that is no {@link Setting}: {@code value}, when it is the first one.
     *
     * @param name the name of the builder's method
     * @param before what was set until now; null when nothing was
     * @throws NullPointerException for null, naming the method
     * @throws IllegalStateException when it was set before
     */
    public static <T> T once(String name, @Nullable T before, T value) {
        Objects.requireNonNull(value, name);
        if (before != null) {
            throw twice(name);
        }
        return value;
    }

    private static IllegalStateException twice(String name) {
        return new IllegalStateException(name + " is set twice, allowed: once");
    }

    /** The values that hold for what a builder makes. Immutable and thread-safe. */
    public static final class Values {

        private final Map<String, Object> chosen;
        private final Settings settings;

        private Values(Map<String, Object> chosen, Settings settings) {
            this.chosen = chosen;
            this.settings = settings;
        }

        /**
         * The value of a setting that has a default.
         *
         * @throws IllegalStateException when it was not set and has no default
         */
        public <T> T get(Setting<T> setting) {
            T value = chosen(setting);
            return value != null ? value : settings.get(setting);
        }

        /** The value; null when it was not set and has no default. */
        public <T> @Nullable T find(Setting<T> setting) {
            T value = chosen(setting);
            return value != null ? value : settings.find(setting);
        }

        /** Whether anybody set it: the program, a system property or the environment. */
        public boolean isSet(Setting<?> setting) {
            return isSetByBuilder(setting) || settings.source(setting) != Settings.Source.DEFAULT;
        }

        /** Whether the builder set it. */
        public boolean isSetByBuilder(Setting<?> setting) {
            return chosen.containsKey(setting.name());
        }

        /** Where the value comes from, for messages. */
        public String sourceName(Setting<?> setting) {
            return isSetByBuilder(setting) ? Settings.Source.PROGRAM.toString() : settings.sourceName(setting);
        }

        @SuppressWarnings("unchecked") // set() keeps setting and value of one type
        private <T> @Nullable T chosen(Setting<T> setting) {
            return (T) chosen.get(setting.name());
        }
    }
}
