// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.SettingsProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for every setting of every module: its message tells the range that is really allowed, and a value is judged alike
 * wherever it comes from.
 */
class EverySettingTest {

    private static final Pattern RANGE = Pattern.compile("(\\S+)…(\\S+)( .*)?");
    private static final Pattern WORDS = Pattern.compile("one of \\[(.*)]");
    private static final List<String> ANY_TEXT = List.of("a non-empty text", "texts separated by commas");
    private static final String FLAG = "true or false";
    private static final String NONSENSE = "=,=";

    private static List<Setting<?>> declarations() {
        List<Setting<?>> all = new ArrayList<>();
        ServiceLoader.load(SettingsProvider.class).forEach(provider -> all.addAll(provider.settings()));
        return all;
    }

    static Stream<Setting<?>> settings() {
        return declarations().stream().distinct();
    }

    static Stream<Setting<?>> ranges() {
        return settings().filter(setting -> RANGE.matcher(setting.allowed()).matches());
    }

    static Stream<Setting<?>> choices() {
        return settings().filter(setting -> WORDS.matcher(setting.allowed()).matches());
    }

    static Stream<Setting<?>> refusing() {
        return settings().filter(setting -> !ANY_TEXT.contains(setting.allowed()));
    }

    private enum Door {
        PROGRAM,
        SYSTEM_PROPERTY,
        ENVIRONMENT;

        Settings settings(Setting<?> setting, String text) {
            Settings.Builder builder = Settings.builder().environment(Map.of()).systemProperties(Map.of());
            return switch (this) {
                case PROGRAM -> builder.set(setting.name(), text).build();
                case SYSTEM_PROPERTY ->
                    builder.systemProperties(Map.of(setting.name(), text)).build();
                case ENVIRONMENT ->
                    builder.environment(Map.of(setting.environmentName(), text)).build();
            };
        }
    }

    @Test
    void name_hasOneDeclaration() {
        Map<String, List<Setting<?>>> byName = settings().collect(Collectors.groupingBy(Setting::name));
        Map<String, List<Setting<?>>> byVariable = settings().collect(Collectors.groupingBy(Setting::environmentName));

        assertThat(byName.values())
                .isNotEmpty()
                .allSatisfy(same -> assertThat(same).hasSize(1));
        assertThat(byVariable.values()).allSatisfy(same -> assertThat(same).hasSize(1));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void description_isOneLineOfTheTable(Setting<?> setting) {
        String description = setting.description();

        assertThat(description).isNotBlank().doesNotEndWith(".").doesNotContain("\n", "|");
        assertThat(Character.isUpperCase(description.charAt(0)) && Character.isLowerCase(description.charAt(1)))
                .as("begins like a sentence: %s", description)
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void defaultValue_isAllowed(Setting<?> setting) {
        String text = setting.defaultText();
        Settings untouched = Settings.builder()
                .environment(Map.of())
                .systemProperties(Map.of())
                .build();

        if (text == null) {
            assertThat((Object) untouched.find(setting)).isNull();
        } else {
            assertThat((Object) untouched.get(setting)).isEqualTo(setting.parse(text));
            assertThatCode(() -> check(setting, setting.parse(text))).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @MethodSource("ranges")
    void endsOfTheRange_areAllowed_andOneBeyondIsNot(Setting<?> setting) {
        Range range = Range.of(setting);

        for (Door door : Door.values()) {
            assertThat((Object) door.settings(setting, range.lowest).find(setting))
                    .isEqualTo(range.low);
            assertThat((Object) door.settings(setting, range.highest).find(setting))
                    .isEqualTo(range.high);
        }
        for (String beyond : range.beyond()) {
            assertRefused(setting, beyond);
        }
        for (Object beyond : range.valuesBeyond()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> check(setting, beyond))
                    .withMessageStartingWith(setting.name() + " is \"")
                    .withMessageEndingWith("\", allowed: " + setting.allowed());
        }
    }

    @ParameterizedTest
    @MethodSource("choices")
    void wordsOfTheChoice_areAllowed_inAnyCase(Setting<?> setting) {
        Matcher words = WORDS.matcher(setting.allowed());
        assertThat(words.matches()).isTrue();

        for (String word : words.group(1).split(", ", -1)) {
            for (Door door : Door.values()) {
                Object value = door.settings(setting, word).find(setting);

                assertThat(value).isNotNull().hasToString(value.toString());
                assertThat((Object) door.settings(setting, word.toUpperCase(Locale.ROOT))
                                .find(setting))
                        .isEqualTo(value);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("refusing")
    void nonsense_isRefused(Setting<?> setting) {
        assertRefused(setting, NONSENSE);
    }

    @ParameterizedTest
    @MethodSource("settings")
    void null_isRefused_withTheName(Setting<?> setting) {
        assertThatNullPointerException().isThrownBy(() -> check(setting, null)).withMessage(setting.name());
        assertThatNullPointerException()
                .isThrownBy(() -> Settings.builder().set(setting.name(), null))
                .withMessageContaining(setting.name());
    }

    @ParameterizedTest
    @MethodSource("settings")
    void blankText_countsAsUnset(Setting<?> setting) {
        for (Door door : Door.values()) {
            assertThat(door.settings(setting, " ").source(setting)).isEqualTo(Settings.Source.DEFAULT);
        }
    }

    /** A name of Weir ends the start; for one of OpenTelemetry the value counts as unset, that of a flag as false. */
    private static void assertRefused(Setting<?> setting, String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setting.parse(text))
                .withMessage(setting.name() + " is \"" + setting.mask(text) + "\", allowed: " + setting.allowed());
        for (Door door : Door.values()) {
            if (setting.isStrict()) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> door.settings(setting, text))
                        .withMessage(
                                setting.name() + " is \"" + setting.mask(text) + "\", allowed: " + setting.allowed());
            } else {
                Object unset = setting.defaultText() == null ? null : setting.parse(setting.defaultText());
                assertThat((Object) door.settings(setting, text).find(setting))
                        .isEqualTo(setting.allowed().equals(FLAG) ? Boolean.FALSE : unset);
            }
        }
    }

    @SuppressWarnings("unchecked") // the test gives values of the setting's own type
    private static <T> void check(Setting<T> setting, Object value) {
        setting.check((T) value);
    }

    private record Range(String lowest, String highest, Object low, Object high) {

        static Range of(Setting<?> setting) {
            Matcher range = RANGE.matcher(setting.allowed());
            assertThat(range.matches()).isTrue();
            return new Range(
                    range.group(1), range.group(2), setting.parse(range.group(1)), setting.parse(range.group(2)));
        }

        List<String> beyond() {
            Map<Class<?>, Consumer<List<String>>> texts = new HashMap<>();
            texts.put(Integer.class, all -> all.addAll(List.of(((Integer) low - 1L) + "", ((Integer) high + 1L) + "")));
            texts.put(Long.class, all -> all.addAll(List.of(((Long) low - 1) + "", ((Long) high + 1) + "")));
            texts.put(
                    Double.class,
                    all -> all.addAll(List.of(Math.nextDown((Double) low) + "", Math.nextUp((Double) high) + "")));
            texts.put(
                    Duration.class,
                    all -> all.addAll(
                            List.of(((Duration) low).toMillis() - 1 + "ms", ((Duration) high).toMillis() + 1 + "ms")));
            List<String> beyond = new ArrayList<>(List.of("nonsense"));
            texts.get(low.getClass()).accept(beyond);
            return beyond;
        }

        List<Object> valuesBeyond() {
            if (low instanceof Duration shortest && high instanceof Duration longest) {
                return List.of(shortest.minusNanos(1), longest.plusNanos(1));
            }
            if (low instanceof Long least && high instanceof Long most) {
                return List.of(least - 1, most + 1);
            }
            if (low instanceof Integer least && high instanceof Integer most) {
                List<Object> values = new ArrayList<>(List.of(least - 1));
                if (most < Integer.MAX_VALUE) {
                    values.add(most + 1);
                }
                return values;
            }
            return List.of(Math.nextDown((Double) low), Math.nextUp((Double) high), Double.NaN);
        }
    }
}
