// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The public surface of each module is frozen in {@code docs/api}: every public type outside packages named {@code internal},
 * with its public and protected members. Whoever changes it changes the text with it: {@code -Dbuild.docs=write} does that.
 */
class PublicSurfaceTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "core",
                "context-propagation",
                "http",
                "log-pipe",
                "metric-aggregator",
                "sampler",
                "exporters-otlp",
                "starter"
            })
    void surface_isTheFrozenOne(String module) {
        assumeThat(System.getProperty("build.versions"))
                .as("what needs newer versions is not compiled with the oldest ones")
                .isNotEqualTo("oldest");
        Path classes = Path.of("..", module, "target", "classes");
        StringBuilder surface = new StringBuilder();
        for (JavaClass type : publicTypes(classes)) {
            surface.append(text(classes, type)).append('\n');
        }

        WrittenDocument.of("api/" + module + ".txt").assertIs(surface.toString());
    }

    private static Set<JavaClass> publicTypes(Path classes) {
        Set<JavaClass> types = new TreeSet<>(Comparator.comparing(JavaClass::getName));
        for (JavaClass type : new ClassFileImporter().importPath(classes)) {
            if (isPublic(type) && !(type.getPackageName() + '.').contains(".internal.")) {
                types.add(type);
            }
        }
        assertThat(types).isNotEmpty();
        return types;
    }

    private static boolean isPublic(JavaClass type) {
        boolean open = type.getModifiers().contains(JavaModifier.PUBLIC)
                || type.getModifiers().contains(JavaModifier.PROTECTED);
        return open && type.getEnclosingClass().map(PublicSurfaceTest::isPublic).orElse(true);
    }

    /** The declaration, and the members in the order of their names. */
    private static String text(Path classes, JavaClass type) {
        ToolProvider javap = ToolProvider.findFirst("javap").orElseThrow();
        StringWriter written = new StringWriter();
        PrintWriter out = new PrintWriter(written);
        assertThat(javap.run(out, out, "-protected", "-cp", classes.toString(), type.getName()))
                .as(written.toString())
                .isZero();
        List<String> lines = written.toString()
                .lines()
                .filter(line -> !line.startsWith("Compiled from "))
                .toList();
        Stream<String> members =
                lines.stream().filter(line -> line.startsWith("  ")).sorted();
        return lines.get(0) + '\n' + String.join("\n", members.toList()) + "\n}\n";
    }
}
