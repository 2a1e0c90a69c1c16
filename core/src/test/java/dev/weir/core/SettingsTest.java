// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    private enum Mode {
        KEEP,
        DROP_OLDEST
    }

    private static final Setting<Long> SIZE = Setting.bytes("weir.test.size", "4m", "64k", "1g", "how large");
    private static final Setting<Integer> COUNT = Setting.integer("weir.test.count", 3, 1, 10, "how many");
    private static final Setting<Double> RATIO = Setting.decimal("weir.test.ratio", 0.5, 0, 1, "how much");
    private static final Setting<Duration> DELAY = Setting.duration(
            "weir.test.delay", Duration.ofSeconds(5), Duration.ofMillis(10), Duration.ofHours(2), "how long");
    private static final Setting<Mode> MODE = Setting.choice("weir.test.mode", Mode.class, Mode.KEEP, "which way");
    private static final Setting<Boolean> ON = Setting.flag("weir.test.on", true, "whether");
    private static final Setting<String> TOKEN = Setting.secret("weir.test.token", "a secret");
    private static final Setting<List<String>> NAMES = Setting.list("weir.test.names", "which ones");

    private static final Setting<Boolean> OTEL_ON = Setting.flag("otel.test.on", true, "whether");
    private static final Setting<Integer> OTEL_COUNT = Setting.integer("otel.test.count", 3, 1, 10, "how many");
    private static final Setting<String> OTEL_WORD =
            Setting.oneOf("otel.test.word", "which one", List.of("one", "two"));
    private static final Setting<List<String>> OTEL_NAMES =
            Setting.names("otel.test.names", "which ones", "a, b", List.of("a", "b")::contains);

    private static Settings.Builder sources() {
        return Settings.builder().know(List.of(SIZE, COUNT, RATIO, DELAY, MODE, ON, TOKEN, NAMES));
    }

    private static Settings.Builder builder() {
        return sources().systemProperties(Map.of()).environment(Map.of());
    }

    @Test
    void get_withoutAnySource_isTheDefault() {
        Settings settings = builder().build();

        assertThat(settings.get(SIZE)).isEqualTo(4L << 20);
        assertThat(settings.get(DELAY)).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.get(MODE)).isEqualTo(Mode.KEEP);
        assertThat(settings.get(NAMES)).isEmpty();
        assertThat(settings.find(TOKEN)).isNull();
        assertThat(settings.source(SIZE)).isEqualTo(Settings.Source.DEFAULT);
        assertThatIllegalStateException()
                .isThrownBy(() -> settings.get(TOKEN))
                .withMessageContaining("weir.test.token");
    }

    @Test
    void get_prefersProgramThenPropertyThenEnvironment() {
        Map<String, String> environment = Map.of("WEIR_TEST_COUNT", "7");
        Map<String, String> properties = Map.of("weir.test.count", "8");

        Settings fromEnvironment =
                sources().systemProperties(Map.of()).environment(environment).build();
        Settings fromProperty =
                sources().environment(environment).systemProperties(properties).build();
        Settings fromProgram = sources()
                .environment(environment)
                .systemProperties(properties)
                .set("weir.test.count", "9")
                .build();

        assertThat(fromEnvironment.get(COUNT)).isEqualTo(7);
        assertThat(fromEnvironment.sourceName(COUNT)).isEqualTo("WEIR_TEST_COUNT");
        assertThat(fromProperty.get(COUNT)).isEqualTo(8);
        assertThat(fromProperty.sourceName(COUNT)).isEqualTo("-Dweir.test.count");
        assertThat(fromProgram.get(COUNT)).isEqualTo(9);
        assertThat(fromProgram.sourceName(COUNT)).isEqualTo("the program");
    }

    @Test
    void get_whenSetButBlank_isTheDefault() {
        assertThat(sources()
                        .systemProperties(Map.of())
                        .environment(Map.of("WEIR_TEST_COUNT", " "))
                        .build()
                        .get(COUNT))
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "weir.test.size, 65535, 64k…1g",
        "weir.test.size, lots, 64k…1g",
        "weir.test.size, 99999999999g, 64k…1g",
        "weir.test.count, 11, 1…10",
        "weir.test.count, 1.5, 1…10",
        "weir.test.ratio, NaN, 0.0…1.0",
        "weir.test.delay, 3h, 10ms…2h",
        "weir.test.delay, 5 fortnights, 10ms…2h",
        "weir.test.mode, drop-newest, one of",
        "weir.test.on, yes, true or false",
    })
    void value_thatIsNotAllowed_isRefusedWithSettingValueAndRange(String name, String value, String allowed) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sources()
                        .environment(Map.of())
                        .systemProperties(Map.of(name, value))
                        .build())
                .withMessageContaining(name)
                .withMessageContaining('"' + value + '"')
                .withMessageContaining(allowed);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().set(name, value))
                .withMessageContaining(name)
                .withMessageContaining('"' + value + '"')
                .withMessageContaining(allowed);
    }

    @ParameterizedTest
    @CsvSource({"200, 200", "200ms, 200", "5s, 5000", "2m, 120000", "1h, 3600000", "1 s, 1000"})
    void duration_isReadInEveryUnit(String text, long millis) {
        assertThat(DELAY.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"65536, 65536", "64k, 65536", "8M, 8388608", "1g, 1073741824"})
    void bytes_areReadInEveryUnit(String text, long bytes) {
        assertThat(SIZE.parse(text)).isEqualTo(bytes);
    }

    @Test
    void choice_isReadInAnyCaseAndSpelling() {
        assertThat(MODE.parse("drop-oldest")).isEqualTo(Mode.DROP_OLDEST);
        assertThat(MODE.parse("Drop_Oldest")).isEqualTo(Mode.DROP_OLDEST);
    }

    @Test
    void set_ofAnUnknownName_isRefusedWithTheNearest() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().set("weir.test.cuont", "3"))
                .withMessage(
                        "unknown setting weir.test.cuont, did you mean weir.test.count? allowed: the names that the modules on"
                                + " the class path declare");
    }

    @Test
    void set_ofOneNameTwice_isRefused() {
        Settings.Builder builder = builder().set("weir.test.count", "3").set("otel.other", "");

        assertThatIllegalStateException()
                .isThrownBy(() -> builder.set("weir.test.count", "3"))
                .withMessage("weir.test.count is set twice, allowed: once");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.set("otel.other", "x"))
                .withMessage("otel.other is set twice, allowed: once");
        assertThat(builder.build().get(COUNT)).isEqualTo(3);
    }

    @Test
    void set_ofNull_namesTheSetting() {
        assertThatNullPointerException()
                .isThrownBy(() -> builder().set("weir.test.count", null))
                .withMessage("weir.test.count");
        assertThatNullPointerException()
                .isThrownBy(() -> builder().set(null, "3"))
                .withMessage("name");
    }

    @Test
    void sources_areReplacedOnce() {
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().systemProperties(Map.of()))
                .withMessage("systemProperties is set twice, allowed: once");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().environment(Map.of()))
                .withMessage("environment is set twice, allowed: once");
        assertThatNullPointerException()
                .isThrownBy(() -> sources().environment(null))
                .withMessage("environment");
        assertThatNullPointerException()
                .isThrownBy(() -> sources().systemProperties(null))
                .withMessage("systemProperties");
        assertThatNullPointerException().isThrownBy(() -> sources().know(null)).withMessage("settings");
    }

    @Test
    void build_withTwoDeclarationsOfOneName_isRefused() {
        Setting<Integer> other = Setting.integer("weir.test.count", 4, 1, 10, "how many");

        assertThatIllegalStateException()
                .isThrownBy(() -> builder().know(List.of(other)).build())
                .withMessageContaining("weir.test.count");
        assertThat(builder().know(List.of(COUNT)).build().get(COUNT)).isEqualTo(3);
    }

    @Test
    void build_readsTheSystemPropertiesOfThatTime() {
        Settings.Builder builder = Settings.builder().know(List.of(COUNT));
        System.setProperty("weir.test.count", "7");
        try {
            assertThat(builder.build().get(COUNT)).isEqualTo(7);
        } finally {
            System.clearProperty("weir.test.count");
        }
    }

    @Test
    void build_thatRefusesUnknownNames_saysTheNearestOfEach() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sources()
                        .environment(Map.of("WEIR_TEST_SIZES", "3"))
                        .systemProperties(Map.of("weir.test.ratios", "1"))
                        .refuseUnknown()
                        .build())
                .withMessage("unknown setting WEIR_TEST_SIZES, did you mean WEIR_TEST_SIZE?; "
                        + "unknown setting weir.test.ratios, did you mean weir.test.ratio?");
    }

    @Test
    void build_withUnknownNamesOfTheProcess_goesOnAndNamesThemInOneLine() {
        List<String> lines = linesOf(() -> {
            Settings settings = sources()
                    .environment(Map.of("WEIR_TEST_DELAYS", "3"))
                    .systemProperties(Map.of("weir.test.modus", "1", "weir.test.count", "7"))
                    .build();
            assertThat(settings.get(COUNT)).isEqualTo(7);
        });

        assertThat(lines)
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("unknown setting WEIR_TEST_DELAYS, did you mean WEIR_TEST_DELAY?")
                        .contains("unknown setting weir.test.modus, did you mean weir.test.mode?"));
    }

    @Test
    void build_byOneRoomAfterTheOther_namesAnUnknownNameOnce() {
        Map<String, String> properties = Map.of("weir.test.nmaes", "a");

        assertThat(linesOf(() -> {
                    sources().environment(Map.of()).systemProperties(properties).build();
                    sources().environment(Map.of()).systemProperties(properties).build();
                }))
                .singleElement()
                .satisfies(line -> assertThat(line).contains("did you mean weir.test.names?"));
    }

    @Test
    void build_withAnUnknownNameBesideAValueThatIsNotAllowed_stillRefusesTheValue() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sources()
                        .environment(Map.of())
                        .systemProperties(Map.of("weir.test.unheard.of", "1", "weir.test.count", "11"))
                        .build())
                .withMessageContaining("weir.test.count")
                .withMessageContaining("1…10");
    }

    @ParameterizedTest
    @CsvSource({"true, true", "TRUE, true", " True , true", "false, false", "FALSE, false"})
    void flag_ofOpenTelemetry_isTrueInAnyCase(String value, boolean expected) {
        assertThat(linesOf(() ->
                        assertThat(otel("OTEL_TEST_ON", value).get(OTEL_ON)).isEqualTo(expected)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "yes", "no", "on", "off", "t", "truee", "maybe"})
    void flag_ofOpenTelemetry_isFalseForAnyOtherValue_andALineNamesVariableAndValue(String value) {
        assertThat(linesOf(() -> {
                    Settings settings = otel("OTEL_TEST_ON", value);
                    assertThat(settings.get(OTEL_ON)).isFalse();
                    assertThat(settings.get(OTEL_ON)).isFalse();
                }))
                .singleElement()
                .isEqualTo("otel.test.on is \"" + value
                        + "\", allowed: true or false (from OTEL_TEST_ON); it counts as false");
    }

    @Test
    void value_ofOpenTelemetryWithoutAMeaning_leavesTheNextSource() {
        assertThat(linesOf(() -> {
                    Settings settings = sources()
                            .know(List.of(OTEL_COUNT))
                            .set("otel.test.count", "ten")
                            .systemProperties(Map.of("otel.test.count", "11"))
                            .environment(Map.of("OTEL_TEST_COUNT", "7"))
                            .build();
                    assertThat(settings.get(OTEL_COUNT)).isEqualTo(7);
                    assertThat(settings.sourceName(OTEL_COUNT)).isEqualTo("OTEL_TEST_COUNT");
                }))
                .containsExactly(
                        "otel.test.count is \"ten\", allowed: 1…10 (from the program); it counts as unset",
                        "otel.test.count is \"11\", allowed: 1…10 (from -Dotel.test.count); it counts as unset");
    }

    @Test
    void names_ofWhichSomeAreUnknown_areThoseThatAreKnown() {
        assertThat(linesOf(() -> {
                    assertThat(otel("OTEL_TEST_NAMES", "a, c,b").get(OTEL_NAMES))
                            .containsExactly("a", "b");
                    assertThat(otel("OTEL_TEST_NAMES", "none,a").get(OTEL_NAMES))
                            .containsExactly("a");
                    assertThat(otel("OTEL_TEST_NAMES", "c,d").get(OTEL_NAMES)).isEmpty();
                    assertThat(otel("OTEL_TEST_NAMES", "none").get(OTEL_NAMES)).containsExactly("none");
                }))
                .containsExactly(
                        "otel.test.names is \"a, c,b\", allowed: a, b (from OTEL_TEST_NAMES); it counts as a,b",
                        "otel.test.names is \"none,a\", allowed: a, b (from OTEL_TEST_NAMES); it counts as a",
                        "otel.test.names is \"c,d\", allowed: a, b (from OTEL_TEST_NAMES); it counts as unset");
    }

    @Test
    void texts_areWhatIsRead_byTheNamesOfProperties() {
        Settings settings = sources()
                .know(List.of(OTEL_ON, OTEL_COUNT, OTEL_WORD))
                .set("otel.test.word", "ONE")
                .set("otel.test.count", " ")
                .systemProperties(Map.of("otel.other", ""))
                .environment(Map.of("OTEL_TEST_ON", "7", "OTEL_TEST_COUNT", "3", "OTEL_OTHER", "x"))
                .build();

        assertThat(settings.texts())
                .isEqualTo(Map.of(
                        "otel.test.word", Optional.of("one"),
                        "otel.test.count", Optional.of("3"),
                        "otel.test.on", Optional.of("false"),
                        "otel.other", Optional.of("x")));
        assertThat(sources()
                        .systemProperties(Map.of())
                        .environment(Map.of("OTEL_OTHER", ""))
                        .build()
                        .texts())
                .isEqualTo(Map.of("otel.other", Optional.empty()));
    }

    @Test
    void emptyValue_ofTheProgram_leavesTheNextSource() {
        Settings settings = sources()
                .environment(Map.of())
                .set("weir.test.count", "")
                .systemProperties(Map.of("weir.test.count", "7"))
                .build();

        assertThat(settings.get(COUNT)).isEqualTo(7);
    }

    @Test
    void check_holdsTheRangeOfTheText() {
        assertThat(DELAY.check(Duration.ofNanos(10_500_000))).isEqualTo(Duration.ofNanos(10_500_000));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DELAY.check(Duration.ofNanos(9_999_999)))
                .withMessage("weir.test.delay is \"PT0.009999999S\", allowed: 10ms…2h (ms, s, m, h, d; a bare number is"
                        + " ms)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DELAY.check(Duration.ofDays(1)))
                .withMessageStartingWith("weir.test.delay is \"1d\", allowed: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DELAY.check(Duration.ofSeconds(Long.MAX_VALUE)))
                .withMessageStartingWith("weir.test.delay is \"PT2562047788015215H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> COUNT.check(11))
                .withMessage("weir.test.count is \"11\", allowed: 1…10");
        assertThatNullPointerException().isThrownBy(() -> MODE.check(null)).withMessage("weir.test.mode");
    }

    private static Settings otel(String variable, String value) {
        return sources()
                .systemProperties(Map.of())
                .know(List.of(OTEL_ON, OTEL_COUNT, OTEL_WORD, OTEL_NAMES))
                .environment(Map.of(variable, value))
                .build();
    }

    private static List<String> linesOf(Runnable code) {
        List<String> lines = new ArrayList<>();
        Logger logger = Logger.getLogger("weir.settings");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                assertThat(record.getLevel()).isEqualTo(Level.WARNING);
                lines.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try {
            code.run();
        } finally {
            logger.removeHandler(handler);
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "WEIR_SERVICE_HOST",
                "WEIR_PORT",
                "WEIR_PORT_80_TCP",
                "WEIR_PORT_80_TCP_ADDR",
                "WEIR_DEMO_SERVICE_PORT_HTTP"
            })
    void build_withTheVariablesOfAServiceNamedWeir_isNotDisturbed(String variable) {
        assertThat(sources()
                        .systemProperties(Map.of())
                        .environment(Map.of(variable, "10.0.0.7"))
                        .build()
                        .get(COUNT))
                .isEqualTo(3);
    }

    @Test
    void build_withForeignNames_ignoresThem() {
        assertThat(sources()
                        .environment(Map.of("OTEL_NOBODY_KNOWS", "1", "PATH", "/bin"))
                        .systemProperties(Map.of("otel.nobody.knows", "1"))
                        .build()
                        .effective())
                .isEmpty();
    }

    @Test
    void secret_isNeverShown() {
        Settings settings = builder().set("weir.test.token", "hunter2").build();

        assertThat(settings.get(TOKEN)).isEqualTo("hunter2");
        assertThat(settings.toString()).doesNotContain("hunter2").contains("weir.test.token=*** (the program)");
        assertThatIllegalArgumentException().isThrownBy(() -> TOKEN.parse(" ")).withMessageContaining("***");
    }

    @Test
    void builder_withADefaultOutsideItsOwnRange_failsWhereItIsWritten() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Setting.integer("weir.test.bad", 11, 1, 10, "a mistake"))
                .withMessageContaining("weir.test.bad");
    }

    @Test
    void userAndPasswordOfAnAddress_areShownNowhere() {
        Setting<String> place = Setting.text("weir.test.place", "where", "http://host", text -> !text.contains("bad"));
        Settings settings = Settings.builder()
                .know(List.of(place))
                .environment(Map.of())
                .systemProperties(Map.of("weir.test.place", "http://user:pass/word@host"))
                .build();

        assertThat(settings.get(place)).isEqualTo("http://user:pass/word@host");
        assertThat(settings.toString()).contains("weir.test.place").doesNotContain("user", "pass", "word");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> place.parse("http://user:pass/word@bad"))
                .withMessage("weir.test.place is \"http://REDACTED:REDACTED@bad\", allowed: http://host");
    }
}
