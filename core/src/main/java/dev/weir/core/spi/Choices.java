// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.internal.SetTwice;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The values that a program gives to a builder. They win over {@link Settings}. Each value is checked at the call that
 * sets it. Not thread-safe; the {@link Values} that it makes are.
 *
 * @since 0.1
 */
public final class Choices {

    private final Map<String, Object> chosen = new HashMap<>();

    /**
     * Sets a value.
     *
     * @param <T> type of the value
     * @param setting what the program sets
     * @param value checked at once; wins over every other source
     * @throws NullPointerException for a value that is null; the message names the setting
     * @throws IllegalArgumentException for a value that is not allowed; the message names the setting, the value and
     *     what is allowed
     * @throws IllegalStateException when the setting was set before
     */
    public <T> void set(Setting<T> setting, T value) {
        T checked = setting.check(value);
        Object before = chosen.putIfAbsent(setting.name(), checked);
        if (before != null) {
            throw SetTwice.refusal(setting.name());
        }
    }

    /**
     * Whether the program set a value.
     *
     * @param setting what to look up
     * @return true after a call of {@link #set} with this setting; system properties and environment do not count
     */
    public boolean isSet(Setting<?> setting) {
        return chosen.containsKey(setting.name());
    }

    /**
     * What holds now: what was set here, else what {@code settings} say.
     *
     * @param settings system properties, environment and defaults, for what was not set here
     * @return a copy, which later calls of {@link #set} do not change
     */
    public Values over(Settings settings) {
        return new Values(Map.copyOf(chosen), settings);
    }

    /**
     * Checks a value that a program sets and that is no {@link Setting}: it must not be null and must be the first one.
     *
     * @param <T> type of the value
     * @param name of the builder's method, for messages
     * @param before what was set until now; null when nothing was
     * @param value what the program sets now
     * @return {@code value}
     * @throws NullPointerException for a value that is null; the message names the method
     * @throws IllegalStateException when it was set before
     */
    public static <T> T once(String name, @Nullable T before, T value) {
        Objects.requireNonNull(value, name);
        if (before != null) {
            throw SetTwice.refusal(name);
        }
        return value;
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
         * @param <T> type of the value
         * @param setting what to look up
         * @return what the builder set, else what {@link Settings#get} returns
         * @throws IllegalArgumentException when a system property or the environment has a value that is not allowed
         * @throws IllegalStateException when it was not set and has no default
         */
        public <T> T get(Setting<T> setting) {
            T value = chosen(setting);
            return value != null ? value : settings.get(setting);
        }

        /**
         * The value of a setting that may have none.
         *
         * @param <T> type of the value
         * @param setting what to look up
         * @return what the builder set, else what {@link Settings#find} returns; null when it was not set and has no
         *     default
         * @throws IllegalArgumentException when a system property or the environment has a value that is not allowed
         */
        public <T> @Nullable T find(Setting<T> setting) {
            T value = chosen(setting);
            return value != null ? value : settings.find(setting);
        }

        /**
         * Whether there is a value other than the default.
         *
         * @param setting what to look up
         * @return true when the program, a system property or the environment set it
         */
        public boolean isSet(Setting<?> setting) {
            return isSetByBuilder(setting) || settings.source(setting) != Settings.Source.DEFAULT;
        }

        /**
         * Whether the builder set a value.
         *
         * @param setting what to look up
         * @return false also when a system property or the environment set it
         */
        public boolean isSetByBuilder(Setting<?> setting) {
            return chosen.containsKey(setting.name());
        }

        /**
         * Where the value comes from, for messages.
         *
         * @param setting what to look up
         * @return {@code the program} when the builder set it, else as {@link Settings#sourceName}
         */
        public String sourceName(Setting<?> setting) {
            return isSetByBuilder(setting) ? Settings.Source.PROGRAM.toString() : settings.sourceName(setting);
        }

        @SuppressWarnings("unchecked") // set() keeps setting and value of one type
        private <T> @Nullable T chosen(Setting<T> setting) {
            return (T) chosen.get(setting.name());
        }
    }
}
