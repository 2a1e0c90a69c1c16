// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the table of rooms: who may depend on whom, and what no room may do. */
class ArchitectureTest {

    private static final JavaClasses WEIR = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.weir");

    /** Room → the other rooms that it may know. */
    private static final Map<String, Set<String>> TABLE = Map.of(
            "core", Set.of(),
            "context", Set.of("core"),
            "log", Set.of("core"),
            "metric", Set.of("core"),
            "sampler", Set.of("core"),
            "otlp", Set.of("core"),
            "http", Set.of("core", "context"));

    static Set<String> rooms() {
        return TABLE.keySet();
    }

    @Test
    void scan_foundClassesOfEveryRoom() {
        for (String room : rooms()) {
            assertThat(WEIR.stream().filter(resideInAPackage("dev.weir." + room + "..")))
                    .as(room)
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void room_dependsOnlyOnTheRoomsOfTheTable(String room) {
        String[] forbidden = TABLE.keySet().stream()
                .filter(other -> !other.equals(room) && !TABLE.get(room).contains(other))
                .map(other -> "dev.weir." + other + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage("dev.weir." + room + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(forbidden).or(resideInAPackage("dev.weir")))
                .check(WEIR);
    }

    static Set<String> roomsWithoutCore() {
        Set<String> rooms = new TreeSet<>(rooms());
        rooms.remove("core");
        return rooms;
    }

    /** What is internal to core is shared by the rooms of Weir, and by nobody else. */
    @ParameterizedTest
    @MethodSource("roomsWithoutCore")
    void internalPackages_areNotCrossed(String room) {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.weir." + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.weir." + room + ".internal..")
                .allowEmptyShould(true)
                .check(WEIR);
    }

    @Test
    void packages_haveNoCycles() {
        Map<String, Set<String>> graph = new TreeMap<>();
        eachDependency((from, to) -> {
            if (!from.getPackageName().equals(to.getPackageName())) {
                graph.computeIfAbsent(from.getPackageName(), name -> new TreeSet<>())
                        .add(to.getPackageName());
            }
        });

        assertThat(graph).isNotEmpty();
        assertThat(Cycles.of(graph)).isEmpty();
    }

    /** Top-level classes of one package. */
    @Test
    void classes_haveNoCycles_otherThanTheListedOnes() {
        Map<String, Set<String>> graph = new TreeMap<>();
        eachDependency((from, to) -> {
            if (from.getPackageName().equals(to.getPackageName()) && !from.equals(to)) {
                graph.computeIfAbsent(from.getName(), name -> new TreeSet<>()).add(to.getName());
            }
        });

        assertThat(Cycles.of(graph)).containsExactlyInAnyOrderElementsOf(KnownCycles.REASONS.keySet());
    }

    private static void eachDependency(BiConsumer<JavaClass, JavaClass> consumer) {
        for (JavaClass type : WEIR) {
            type.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(target -> target.getName().startsWith("dev.weir."))
                    .forEach(target -> consumer.accept(topLevel(type), topLevel(target)));
        }
    }

    private static JavaClass topLevel(JavaClass type) {
        return type.getEnclosingClass().map(ArchitectureTest::topLevel).orElse(type);
    }

    @Test
    void nobody_usesTheExportersOfOpenTelemetryOrAnHttpClientOfItsOwn() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.opentelemetry.exporter..", "okhttp3..", "java.net.http..", "com.google.common..")
                .check(WEIR);
    }

    @Test
    void nobody_printsSleepsOrUsesUnsafe() {
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("sun.misc..")
                .check(WEIR);
    }

    @Test
    void nobodyButWhoLeadsLinesAwayFromThere_knowsJavaUtilLogging() {
        noClasses()
                .that()
                .haveNameNotMatching("dev\\.weir\\.OwnLines(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .check(WEIR);
    }

    @Test
    void nobodyButCore_makesThreadsOrExecutors() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.weir.core..")
                .and()
                .doNotHaveFullyQualifiedName("dev.weir.ShutdownHook")
                .should()
                .callConstructor(Thread.class, Runnable.class)
                .orShould()
                .callConstructor(Thread.class, Runnable.class, String.class)
                .orShould()
                .callConstructor(Thread.class, String.class)
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.Executors")
                .check(WEIR);
    }

    @Test
    void classes_areFinalUnlessExtensionIsTheirPurpose() {
        DescribedPredicate<JavaClass> extended =
                describe("extended within Weir", type -> !type.getSubclasses().isEmpty());
        classes()
                .that()
                .arePublic()
                .and()
                .areNotInterfaces()
                .and()
                .areNotEnums()
                .and(DescribedPredicate.not(extended))
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(WEIR);
    }

    @Test
    void staticFields_areNotReassigned() {
        List<String> mutable = WEIR.stream()
                .filter(type -> !ONCE_IN_A_JVM.contains(type.getName()))
                .flatMap(type -> type.getFields().stream())
                .filter(field -> field.getModifiers().contains(JavaModifier.STATIC)
                        && !field.getModifiers().contains(JavaModifier.FINAL)
                        && !field.getModifiers().contains(JavaModifier.SYNTHETIC))
                .map(field -> field.getFullName())
                .toList();

        assertThat(mutable).isEmpty();
    }

    /** The exceptions: Reactor's hooks, their watch and woven advice exist once in a JVM. */
    private static final Set<String> ONCE_IN_A_JVM = Set.of(
            "dev.weir.context.TracePropagation",
            "dev.weir.context.internal.SlotWatch",
            "dev.weir.context.agent.AgentAdvice",
            "dev.weir.context.agent.TaskBridge");
}
