// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import dev.weir.core.internal.SetTwice;
import dev.weir.core.internal.ThrottledLog;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one Weir instance. A value comes from the program (builder), else from a system property, else
 * from the environment, else from the default; where it came from is remembered. Immutable and thread-safe.
 *
 * <p>A name that begins with {@code weir.} and that no module on the class path knows is refused when the program sets
 * it, with the nearest name that exists. Other modules and versions share the system properties and the environment:
 * there it is named in one WARN line and has no effect, unless the builder {@linkplain Builder#refuseUnknown() refuses}
 * it.
 *
 * <p>An empty or blank value counts as unset, so that the next source is asked. A value that is not allowed is refused;
 * where the name is OpenTelemetry's it is named in a WARN line and counts as {@link Setting} says.
 *
 * @since 0.1
 */
public final class Settings {

    /** Where a value came from. */
    public enum Source {
        /** The builder. Wins over all others. */
        PROGRAM("the program"),
        /** A system property of the JVM. Wins over the environment. */
        SYSTEM_PROPERTY("a system property"),
        /** An environment variable. Wins over the default. */
        ENVIRONMENT("the environment"),
        /** The setting was not set, whether it has a default or not. */
        DEFAULT("the default");

        private final String text;

        Source(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    static final String PREFIX = "weir.";

    /** What Kubernetes puts into the environment of every pod beside a service that is named weir. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("WEIR_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP|SCTP)(_.*)?)?)");

    private final Map<String, String> program;
    private final Map<String, String> properties;
    private final Map<String, String> environment;
    private final Map<String, Setting<?>> known;
    /** What a line has been written about; bounded by the settings that exist. */
    private final Set<String> ignored = ConcurrentHashMap.newKeySet();

    private Settings(Builder builder) {
        this.program = Map.copyOf(builder.program);
        this.properties = Map.copyOf(builder.properties == null ? systemProperties() : builder.properties);
        this.environment = Map.copyOf(builder.environment == null ? System.getenv() : builder.environment);
        this.known = new TreeMap<>(builder.known);
        UnknownNames ofProcess = new UnknownNames(known.values());
        for (String name : properties.keySet()) {
            if (isUnknown(name, known)) {
                ofProcess.add(name, name, false);
            }
        }
        environment.keySet().forEach(variable -> lookUpVariable(variable, ofProcess));
        if (builder.refuseUnknown) {
            refuse(ofProcess);
        }
        known.values().forEach(setting -> text(setting).ifPresentParse(setting));
        ofProcess.report();
    }

    /**
     * Reads this process's system properties and environment, and knows the settings of every module on the class path.
     *
     * @return what they say now; later changes have no effect on it
     * @throws IllegalArgumentException for a value that is not allowed, as {@link Builder#build}
     * @throws IllegalStateException when one name has two declarations
     */
    public static Settings load() {
        return builder().build();
    }

    /** {@return a new builder, which starts from the same sources as {@link #load()}} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The value of a setting that has a default.
     *
     * @param <T> type of the value
     * @param setting what to look up
     * @return the value of the first source that has one, else the default
     * @throws IllegalArgumentException when the value is not allowed; every known setting was checked at build time
     * @throws IllegalStateException when it was not set and has no default
     */
    public <T> T get(Setting<T> setting) {
        T value = find(setting);
        if (value == null) {
            throw new IllegalStateException(setting.name() + " is not set and has no default");
        }
        return value;
    }

    /**
     * The value of a setting that may have none.
     *
     * @param <T> type of the value
     * @param setting what to look up
     * @return the value of the first source that has one, else the default; null when there is no default
     * @throws IllegalArgumentException when the value is not allowed; every known setting was checked at build time
     */
    public <T> @Nullable T find(Setting<T> setting) {
        String text = text(setting).text;
        return text == null ? null : setting.parse(text);
    }

    /**
     * Where the value comes from.
     *
     * @param setting what to look up
     * @return the first source that has a value; {@link Source#DEFAULT} when none has
     */
    public Source source(Setting<?> setting) {
        return text(setting).source;
    }

    /**
     * Where the value comes from, for messages.
     *
     * @param setting what to look up
     * @return for example {@code OTEL_SERVICE_NAME}, {@code -Dotel.service.name}, {@code the program} or
     *     {@code the default}
     */
    public String sourceName(Setting<?> setting) {
        return sourceName(setting, source(setting));
    }

    private static String sourceName(Setting<?> setting, Source source) {
        return switch (source) {
            case SYSTEM_PROPERTY -> "-D" + setting.name();
            case ENVIRONMENT -> setting.environmentName();
            case PROGRAM -> Source.PROGRAM.toString();
            case DEFAULT -> Source.DEFAULT.toString();
        };
    }

    /**
     * Shows every known setting that was set, for messages.
     *
     * @return name of the system property to {@code value (source)}, in order of names; secrets are masked
     */
    public Map<String, String> effective() {
        Map<String, String> lines = new LinkedHashMap<>();
        for (Setting<?> setting : known.values()) {
            Reading reading = text(setting);
            if (reading.text != null && reading.source != Source.DEFAULT) {
                lines.put(setting.name(), setting.mask(reading.text) + " (" + reading.source + ")");
            }
        }
        return lines;
    }

    @Override
    public String toString() {
        return "Settings" + effective();
    }

    /**
     * All that was set, known or not; of the system properties and the environment these are also the names of other
     * software. Secrets are not masked.
     *
     * @return name of the system property to the text that {@link #find} reads, with words in their own case, in order
     *     of names; empty where what was set counts as unset
     */
    public Map<String, Optional<String>> texts() {
        Set<String> names = new TreeSet<>();
        names.addAll(program.keySet());
        names.addAll(properties.keySet());
        environment.keySet().forEach(variable -> names.add(propertyName(variable)));
        Map<String, Optional<String>> texts = new LinkedHashMap<>();
        for (String name : names) {
            Setting<?> setting = known.getOrDefault(name, Setting.text(name, null, ""));
            Reading reading = text(setting);
            texts.put(
                    name,
                    reading.text == null || reading.source == Source.DEFAULT
                            ? Optional.empty()
                            : Optional.of(setting.canonical(reading.text)));
        }
        return texts;
    }

    private Reading text(Setting<?> setting) {
        Reading reading = text(setting, program.get(setting.name()), Source.PROGRAM);
        if (reading == null) {
            reading = text(setting, properties.get(setting.name()), Source.SYSTEM_PROPERTY);
        }
        if (reading == null) {
            reading = text(setting, environment.get(setting.environmentName()), Source.ENVIRONMENT);
        }
        return reading == null ? new Reading(setting.defaultText(), Source.DEFAULT) : reading;
    }

    private @Nullable Reading text(Setting<?> setting, @Nullable String text, Source source) {
        if (text == null || text.isBlank()) {
            return null;
        }
        if (setting.isStrict()) {
            return new Reading(text, source);
        }
        try {
            setting.parse(text);
            return new Reading(text, source);
        } catch (IllegalArgumentException e) {
            String left = setting.lenient(text);
            if (ignored.add(setting.name() + " " + source)) {
                ThrottledLog.of("weir.settings", System::nanoTime)
                        .warn(e.getMessage() + " (from " + sourceName(setting, source) + "); it counts as "
                                + (left == null ? "unset" : left));
            }
            return left == null ? null : new Reading(left, source);
        }
    }

    private static void refuse(UnknownNames unknown) {
        if (!unknown.findings().isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", unknown.findings()));
        }
    }

    private static boolean isUnknown(String name, Map<String, Setting<?>> known) {
        return name.startsWith(PREFIX) && !known.containsKey(name);
    }

    private static Map<String, String> systemProperties() {
        Map<String, String> properties = new HashMap<>();
        for (String name : System.getProperties().stringPropertyNames()) {
            String value = System.getProperty(name);
            if (value != null) {
                properties.put(name, value);
            }
        }
        return properties;
    }

    private void lookUpVariable(String variable, UnknownNames unknown) {
        if (!variable.startsWith("WEIR_") || SERVICE_LINK.matcher(variable).matches()) {
            return;
        }
        for (Setting<?> setting : known.values()) {
            if (setting.environmentName().equals(variable)) {
                return;
            }
        }
        unknown.add(variable, propertyName(variable), true);
    }

    private static String propertyName(String variable) {
        return variable.toLowerCase(Locale.ROOT).replace('_', '.');
    }

    private record Reading(@Nullable String text, Source source) {

        void ifPresentParse(Setting<?> setting) {
            if (text != null) {
                setting.parse(text);
            }
        }
    }

    /**
     * Collects what {@link Settings} are made of; system properties and environment are read by {@link #build}. Not
     * thread-safe.
     */
    public static final class Builder {

        private final Map<String, String> program = new HashMap<>();
        private final Map<String, Setting<?>> known = new HashMap<>();
        private final Set<String> ambiguous = new TreeSet<>();
        private @Nullable Map<String, String> properties;
        private @Nullable Map<String, String> environment;
        private boolean refuseUnknown;

        private Builder() {
            for (SettingsProvider provider : SettingsProviders.find(Settings.class.getClassLoader())) {
                know(provider.settings());
            }
        }

        /**
         * Makes settings known that no {@link SettingsProvider} names: before they are {@linkplain #set set}. When a
         * name has another declaration already, {@link #build} refuses it.
         *
         * @param settings are added to the known ones
         * @return this
         * @throws NullPointerException for null
         */
        public Builder know(Collection<Setting<?>> settings) {
            for (Setting<?> setting : Objects.requireNonNull(settings, "settings")) {
                Setting<?> other = known.putIfAbsent(setting.name(), setting);
                if (other != null && other != setting) {
                    ambiguous.add(setting.name());
                }
            }
            return this;
        }

        /**
         * Sets a value by the program; it wins over every other source. An empty or blank value counts as unset. A
         * value of OpenTelemetry's own names is not checked here, see {@link Setting}.
         *
         * @param name of the system property, for example {@code weir.banner}
         * @param value as a user writes it
         * @return this
         * @throws NullPointerException for null
         * @throws IllegalArgumentException for a {@code weir.} name that no module knows, with the nearest name that
         *     exists, and for a value that is not allowed, with what is allowed
         * @throws IllegalStateException when the name was set before
         */
        public Builder set(String name, String value) {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(value, name);
            if (isUnknown(name, known)) {
                UnknownNames unknown = new UnknownNames(known.values());
                unknown.add(name, name, false);
                throw new IllegalArgumentException(String.join("; ", unknown.findings())
                        + " allowed: the names that the modules on the class path declare");
            }
            Setting<?> setting = known.get(name);
            if (setting != null && setting.isStrict() && !value.isBlank()) {
                setting.parse(value);
            }
            if (program.putIfAbsent(name, value) != null) {
                throw SetTwice.refusal(name);
            }
            return this;
        }

        /**
         * Replaces the system properties of this process.
         *
         * @param properties name to value; copied. Those of the process are not read
         * @return this
         * @throws NullPointerException for null
         * @throws IllegalStateException when they were replaced before
         */
        public Builder systemProperties(Map<String, String> properties) {
            Objects.requireNonNull(properties, "systemProperties");
            if (this.properties != null) {
                throw SetTwice.refusal("systemProperties");
            }
            this.properties = Map.copyOf(properties);
            return this;
        }

        /**
         * Replaces the environment of this process.
         *
         * @param environment name of a variable to its value; copied. That of the process is not read
         * @return this
         * @throws NullPointerException for null
         * @throws IllegalStateException when it was replaced before
         */
        public Builder environment(Map<String, String> environment) {
            Objects.requireNonNull(environment, "environment");
            if (this.environment != null) {
                throw SetTwice.refusal("environment");
            }
            this.environment = Map.copyOf(environment);
            return this;
        }

        /**
         * Also refuses unknown {@code weir.} names of the system properties and the environment: for the place where an
         * operator starts all of Weir, and where nothing else can know them.
         *
         * @return this
         */
        public Builder refuseUnknown() {
            this.refuseUnknown = true;
            return this;
        }

        /**
         * Checks all and builds.
         *
         * @return what the sources say now; later changes have no effect on it
         * @throws IllegalArgumentException for a value that is not allowed, and for an unknown {@code weir.} name after
         *     {@link #refuseUnknown}
         * @throws IllegalStateException when one name has two declarations
         */
        public Settings build() {
            if (!ambiguous.isEmpty()) {
                throw new IllegalStateException(
                        "declared twice, allowed: one declaration for each name: " + String.join(", ", ambiguous));
            }
            return new Settings(this);
        }
    }
}
