// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import dev.weir.core.internal.UrlRedactor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a user can set: its name, type, allowed range, default and meaning. Immutable; made once as a
 * constant.
 *
 * <p>Names are those of system properties ({@code otel.service.name}); the environment variable is the same in upper
 * case with underscores ({@code OTEL_SERVICE_NAME}).
 *
 * <p>A name is {@linkplain #isStrict strict}, so that {@link Settings} refuse a value that is not allowed, unless it
 * begins with {@code otel.}: there OpenTelemetry's rules hold. A value without a meaning is named in a WARN line and
 * counts as unset, that of a flag as {@code false}, and of a list of names only the unknown ones are left out.
 *
 * @param <T> the type of the value
 * @since 0.1
 */
public final class Setting<T> {

    private static final String OPEN_TELEMETRY = "otel.";
    private static final String NONE = "none";
    private static final Duration LONGEST_SHOWN = Duration.ofDays(1_000_000);

    private final String name;
    private final String allowed;
    private final String description;
    private final @Nullable String defaultText;
    private final boolean secret;
    private final Function<String, T> parser;
    private final Predicate<T> range;
    private final Function<String, @Nullable String> lenient;
    private final @Nullable String fallback;

    private Setting(
            String name,
            String allowed,
            String description,
            @Nullable String defaultText,
            boolean secret,
            Function<String, T> parser,
            Predicate<T> range) {
        this(name, allowed, description, defaultText, secret, parser, range, text -> null, null);
    }

    private Setting(
            String name,
            String allowed,
            String description,
            @Nullable String defaultText,
            boolean secret,
            Function<String, T> parser,
            Predicate<T> range,
            Function<String, @Nullable String> lenient,
            @Nullable String fallback) {
        this.name = name;
        this.allowed = allowed;
        this.description = description;
        this.defaultText = defaultText;
        this.secret = secret;
        this.parser = parser;
        this.range = range;
        this.lenient = lenient;
        this.fallback = fallback;
        if (defaultText != null) {
            parse(defaultText);
        }
    }

    /**
     * Declares a text that is not blank.
     *
     * @param name of the system property, for example {@code otel.service.name}
     * @param defaultValue what holds while it is not set; null for no default
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     * @throws IllegalArgumentException when the default is blank
     */
    public static Setting<String> text(String name, @Nullable String defaultValue, String description) {
        return new Setting<>(
                name, "a non-empty text", description, defaultValue, false, text -> text, text -> !text.isBlank());
    }

    /**
     * Declares a text that is not blank and that is masked wherever it is shown. There is no default.
     *
     * @param name of the system property
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     */
    public static Setting<String> secret(String name, String description) {
        return new Setting<>(name, "a non-empty text", description, null, true, text -> text, text -> !text.isBlank());
    }

    /**
     * As {@link #secret(String, String)}, for a text that {@code isAllowed} takes.
     *
     * @param name of the system property
     * @param description what it does, in lower case and without a final period
     * @param allowed the form of such a text, for messages
     * @param isAllowed whether a text may be its value
     * @return a new setting without a default, to be kept as a constant
     */
    public static Setting<String> secret(String name, String description, String allowed, Predicate<String> isAllowed) {
        return new Setting<>(name, allowed, description, null, true, text -> text, isAllowed);
    }

    /**
     * Declares a choice of {@code true} or {@code false}, in any case.
     *
     * @param name of the system property, for example {@code weir.banner}
     * @param defaultValue what holds while it is not set
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     */
    public static Setting<Boolean> flag(String name, boolean defaultValue, String description) {
        return new Setting<>(
                name,
                "true or false",
                description,
                Boolean.toString(defaultValue),
                false,
                Setting::parseFlag,
                v -> true,
                text -> "false",
                null);
    }

    /**
     * Declares a whole number within bounds.
     *
     * @param name of the system property, for example {@code weir.log.attributes.max}
     * @param defaultValue what holds while it is not set
     * @param min the lowest allowed value
     * @param max the highest allowed value
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     * @throws IllegalArgumentException when the default is not allowed
     */
    public static Setting<Integer> integer(String name, int defaultValue, int min, int max, String description) {
        return new Setting<>(
                name,
                min + "…" + max,
                description,
                Integer.toString(defaultValue),
                false,
                Integer::valueOf,
                value -> value >= min && value <= max);
    }

    /**
     * Declares a number within bounds, with or without a fraction.
     *
     * @param name of the system property, for example {@code otel.traces.sampler.arg}
     * @param defaultValue what holds while it is not set
     * @param min the lowest allowed value
     * @param max the highest allowed value
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     * @throws IllegalArgumentException when the default is not allowed
     */
    public static Setting<Double> decimal(
            String name, double defaultValue, double min, double max, String description) {
        return new Setting<>(
                name,
                min + "…" + max,
                description,
                Double.toString(defaultValue),
                false,
                Double::valueOf,
                value -> value >= min && value <= max);
    }

    /**
     * Declares a size such as {@code 65536}, {@code 64k}, {@code 8m} or {@code 1g} (powers of 1024). The value is in
     * bytes.
     *
     * @param name of the system property, for example {@code weir.log.ring.bytes}
     * @param defaultValue what holds while it is not set, written as a user writes it
     * @param min the lowest allowed size, for example {@code 64k}
     * @param max the highest allowed size, for example {@code 1g}
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     * @throws IllegalArgumentException when the default is not allowed, or one of the three texts is no size
     */
    public static Setting<Long> bytes(String name, String defaultValue, String min, String max, String description) {
        long lowest = parseBytes(min);
        long highest = parseBytes(max);
        return new Setting<>(
                name,
                min + "…" + max + " bytes (k, m, g allowed)",
                description,
                defaultValue,
                false,
                Setting::parseBytes,
                value -> value >= lowest && value <= highest);
    }

    /**
     * Declares a time such as {@code 200} (milliseconds), {@code 200ms}, {@code 5s}, {@code 10m}, {@code 24h} or
     * {@code 7d}.
     *
     * @param name of the system property, for example {@code weir.shutdown.delay}
     * @param defaultValue what holds while it is not set; whole milliseconds
     * @param min the shortest allowed time
     * @param max the longest allowed time
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     * @throws IllegalArgumentException when the default is not allowed
     */
    public static Setting<Duration> duration(
            String name, Duration defaultValue, Duration min, Duration max, String description) {
        return new Setting<>(
                name,
                show(min) + "…" + show(max) + " (ms, s, m, h, d; a bare number is ms)",
                description,
                show(defaultValue),
                false,
                Setting::parseDuration,
                value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
    }

    /**
     * Declares one of the constants of an enum, as its {@code toString} shows them, in any case and with {@code -} for
     * {@code _}.
     *
     * @param <E> type of the enum
     * @param name of the system property
     * @param type the enum whose constants are allowed
     * @param defaultValue what holds while it is not set
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     */
    public static <E extends Enum<E>> Setting<E> choice(
            String name, Class<E> type, E defaultValue, String description) {
        return new Setting<>(
                name,
                "one of " + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT),
                description,
                defaultValue.toString().toLowerCase(Locale.ROOT),
                false,
                text -> constant(type, text),
                value -> true);
    }

    /**
     * Declares one of a few words, in any case. There is no default.
     *
     * @param name of the system property
     * @param description what it does, in lower case and without a final period
     * @param words the allowed ones; the value is the word as it is written here
     * @return a new setting, to be kept as a constant
     */
    public static Setting<String> oneOf(String name, String description, List<String> words) {
        return new Setting<>(
                name, "one of " + words, description, null, false, text -> word(words, text), value -> true);
    }

    /**
     * Declares a text with a rule of its own. There is no default.
     *
     * @param name of the system property
     * @param description what it does, in lower case and without a final period
     * @param allowed the rule in words, for messages
     * @param isAllowed true for a text that keeps the rule
     * @return a new setting, to be kept as a constant
     */
    public static Setting<String> text(String name, String description, String allowed, Predicate<String> isAllowed) {
        return new Setting<>(name, allowed, description, null, false, text -> text, isAllowed);
    }

    /**
     * Declares texts separated by commas; empty parts are left out. The default is the empty list.
     *
     * @param name of the system property
     * @param description what it does, in lower case and without a final period
     * @return a new setting, to be kept as a constant
     */
    public static Setting<List<String>> list(String name, String description) {
        return new Setting<>(name, "texts separated by commas", description, "", false, Setting::parseList, v -> true);
    }

    /**
     * Declares names separated by commas, each of them known, or {@code none} alone. The default is the empty list.
     *
     * @param name of the system property, for example {@code otel.propagators}
     * @param description what it does, in lower case and without a final period
     * @param allowed the known names in words, for messages
     * @param isKnown whether a name is known; {@code none} always is
     * @return a new setting, to be kept as a constant
     */
    public static Setting<List<String>> names(
            String name, String description, String allowed, Predicate<String> isKnown) {
        return new Setting<>(
                name,
                allowed,
                description,
                "",
                false,
                Setting::parseList,
                found -> meaningful(found, isKnown).equals(found),
                text -> {
                    List<String> left = meaningful(parseList(text), isKnown);
                    return left.isEmpty() ? null : String.join(",", left);
                },
                null);
    }

    private static List<String> meaningful(List<String> found, Predicate<String> isKnown) {
        List<String> known = new ArrayList<>(found);
        known.removeIf(each -> !each.equals(NONE) && !isKnown.test(each));
        if (known.size() > 1) {
            known.removeIf(each -> each.equals(NONE));
        }
        return known;
    }

    /**
     * The same without a default, for a setting whose unset value depends on other ones.
     *
     * @param meaning what holds while it is not set, in words for {@link #fallback}
     * @return a new setting, to be kept instead of this one
     */
    public Setting<T> withoutDefault(String meaning) {
        return new Setting<>(name, allowed, description, null, secret, parser, range, lenient, meaning);
    }

    /** {@return the name of the system property} */
    public String name() {
        return name;
    }

    /** {@return the environment variable, for example {@code WEIR_LOG_RING_BYTES} for {@code weir.log.ring.bytes}} */
    public String environmentName() {
        return name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** {@return the allowed values in words, for messages} */
    public String allowed() {
        return allowed;
    }

    /** {@return what it does, in lower case and without a final period} */
    public String description() {
        return description;
    }

    /** {@return the default as a user would write it; null when there is none} */
    public @Nullable String defaultText() {
        return defaultText;
    }

    /**
     * Whether {@link Settings} refuse a value that is not allowed.
     *
     * @return false for the names that begin with {@code otel.}, true for all others
     */
    public boolean isStrict() {
        return !name.startsWith(OPEN_TELEMETRY);
    }

    /**
     * What is left of a text that {@link #parse} refuses, where the name is not strict; null when it counts as unset.
     */
    @Nullable
    String lenient(String text) {
        return lenient.apply(text);
    }

    /** {@code text} as the setting's own words are written. */
    String canonical(String text) {
        T value = parse(text);
        if (value instanceof Enum<?>) {
            return value.toString().toLowerCase(Locale.ROOT);
        }
        return value instanceof String word ? word : text.trim();
    }

    /** {@return the words of {@link #withoutDefault}: what holds while it is not set; null when there are none} */
    public @Nullable String fallback() {
        return fallback;
    }

    /**
     * Hides what no message may show.
     *
     * @param text a value of this setting
     * @return {@code text} without the user and password of a URL; three asterisks for a secret
     */
    public String mask(String text) {
        return secret ? "***" : UrlRedactor.standard().text(text);
    }

    /**
     * Reads a value from text.
     *
     * @param text as a user writes it; spaces around it are ignored
     * @return the value that {@code text} stands for, within the allowed range
     * @throws IllegalArgumentException when it is not allowed; the message names the setting, the value (masked for a
     *     secret) and what is allowed
     */
    public T parse(String text) {
        T value;
        try {
            value = parser.apply(text.trim());
        } catch (RuntimeException e) {
            throw invalid(text, e);
        }
        if (!range.test(value)) {
            throw invalid(text, null);
        }
        return value;
    }

    /**
     * Checks a value that a program does not set as text.
     *
     * @param value must be within the allowed range
     * @return {@code value}
     * @throws NullPointerException for null; the message names the setting
     * @throws IllegalArgumentException when it is not allowed; the message names the setting, the value (masked for a
     *     secret) and what is allowed
     */
    public T check(T value) {
        if (!range.test(Objects.requireNonNull(value, name))) {
            throw invalid(value instanceof Duration duration ? show(duration) : value.toString(), null);
        }
        return value;
    }

    private IllegalArgumentException invalid(String text, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                name + " is \"" + mask(text) + "\", allowed: " + allowed, secret ? null : cause);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String text) {
        String wanted = text.replace('-', '_');
        for (E constant : type.getEnumConstants()) {
            if (constant.toString().equalsIgnoreCase(wanted)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(text);
    }

    private static String word(List<String> words, String text) {
        for (String word : words) {
            if (word.equalsIgnoreCase(text)) {
                return word;
            }
        }
        throw new IllegalArgumentException(text);
    }

    private static boolean parseFlag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static long parseBytes(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int shift = switch (lower.charAt(lower.length() - 1)) {
            case 'k' -> 10;
            case 'm' -> 20;
            case 'g' -> 30;
            default -> 0;
        };
        String digits =
                shift == 0 ? lower : lower.substring(0, lower.length() - 1).trim();
        return Math.multiplyExact(Long.parseLong(digits), 1L << shift);
    }

    private static Duration parseDuration(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int unit = lower.length();
        while (unit > 0 && !Character.isDigit(lower.charAt(unit - 1))) {
            unit--;
        }
        long amount = Long.parseLong(lower.substring(0, unit));
        return switch (lower.substring(unit).trim()) {
            case "", "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static List<String> parseList(String text) {
        List<String> parts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                parts.add(part.trim());
            }
        }
        return List.copyOf(parts);
    }

    private static String show(Duration duration) {
        if (duration.toNanosPart() % 1_000_000 != 0
                || duration.compareTo(LONGEST_SHOWN) > 0
                || duration.compareTo(LONGEST_SHOWN.negated()) < 0) {
            return duration.toString();
        }
        long millis = duration.toMillis();
        if (millis != 0 && millis % 86_400_000 == 0) {
            return millis / 86_400_000 + "d";
        }
        if (millis != 0 && millis % 3_600_000 == 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis != 0 && millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis != 0 && millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    @Override
    public String toString() {
        return name;
    }
}
