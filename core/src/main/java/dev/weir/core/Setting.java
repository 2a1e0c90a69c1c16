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
 * One thing that a user can set: its name, type, allowed range, default and meaning. Immutable; made once as a constant.
 *
 * <p>Names are those of system properties ({@code otel.service.name}); the environment variable is the same in upper case
 * with underscores ({@code OTEL_SERVICE_NAME}).
 *
 * <p>A name is {@linkplain #isStrict strict}, so that {@link Settings} refuse a value that is not allowed, unless it begins
 * with {@code otel.}: there OpenTelemetry's rules hold. A value without a meaning is named in a WARN line and counts as unset,
 * that of a flag as {@code false}, and of a list of names only the unknown ones are left out.
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

    /** Any text that is not blank. */
    public static Setting<String> text(String name, @Nullable String defaultValue, String description) {
        return new Setting<>(
                name, "a non-empty text", description, defaultValue, false, text -> text, text -> !text.isBlank());
    }

    /** A text that is masked wherever it is shown. */
    public static Setting<String> secret(String name, String description) {
        return new Setting<>(name, "a non-empty text", description, null, true, text -> text, text -> !text.isBlank());
    }

    /** As {@link #secret(String, String)}, for a text that {@code isAllowed} takes. */
    public static Setting<String> secret(String name, String description, String allowed, Predicate<String> isAllowed) {
        return new Setting<>(name, allowed, description, null, true, text -> text, isAllowed);
    }

    /** {@code true} or {@code false}. */
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

    /** A whole number within inclusive bounds. */
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

    /** A number within inclusive bounds. */
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

    /** A size such as {@code 65536}, {@code 64k}, {@code 8m} or {@code 1g} (powers of 1024). */
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

    /** A time such as {@code 200} (milliseconds), {@code 200ms}, {@code 5s}, {@code 10m}, {@code 24h} or {@code 7d}. */
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

    /** One of the constants of an enum, as its {@code toString} shows them, in any case and with {@code -} for {@code _}. */
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

    /** One of a few words, in any case; the value is the word as it is written here. There is no default. */
    public static Setting<String> oneOf(String name, String description, List<String> words) {
        return new Setting<>(
                name, "one of " + words, description, null, false, text -> word(words, text), value -> true);
    }

    /** A text that {@code isAllowed} takes. There is no default. */
    public static Setting<String> text(String name, String description, String allowed, Predicate<String> isAllowed) {
        return new Setting<>(name, allowed, description, null, false, text -> text, isAllowed);
    }

    /** Texts separated by commas; empty parts are left out. The default is the empty list. */
    public static Setting<List<String>> list(String name, String description) {
        return new Setting<>(name, "texts separated by commas", description, "", false, Setting::parseList, v -> true);
    }

    /**
     * Names separated by commas of which {@code isKnown} knows each, or {@code none} alone. The default is the empty list.
     *
     * @param allowed the known names, for messages
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
     */
    public Setting<T> withoutDefault(String meaning) {
        return new Setting<>(name, allowed, description, null, secret, parser, range, lenient, meaning);
    }

    /** The name of the system property. */
    public String name() {
        return name;
    }

    /** {@code WEIR_LOG_RING_BYTES} for {@code weir.log.ring.bytes}. */
    public String environmentName() {
        return name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** The allowed values, for messages. */
    public String allowed() {
        return allowed;
    }

    /** What it does, in lower case and without a final period. */
    public String description() {
        return description;
    }

    /** The default as a user would write it; null when there is none. */
    public @Nullable String defaultText() {
        return defaultText;
    }

    /** Whether {@link Settings} refuse a value that is not allowed: all names but those of OpenTelemetry. */
    public boolean isStrict() {
        return !name.startsWith(OPEN_TELEMETRY);
    }

    /** What is left of a text that {@link #parse} refuses, where the name is not strict; null when it counts as unset. */
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

    /** What holds while it is not set, in words, for a setting that has no default; null when nothing does. */
    public @Nullable String fallback() {
        return fallback;
    }

    /** {@code text} without the user and password of a URL; asterisks for a secret. */
    public String mask(String text) {
        return secret ? "***" : UrlRedactor.standard().text(text);
    }

    /**
     * The value that {@code text} stands for.
     *
     * @throws IllegalArgumentException naming the setting, the value and what is allowed
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
     * A value that a program gives by another door than text.
     *
     * @return {@code value}
     * @throws NullPointerException naming the setting
     * @throws IllegalArgumentException naming the setting, the value and what is allowed
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
