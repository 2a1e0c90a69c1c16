// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The wrong cases that are known of one mode, from a file: {@code operator | kind | variant.ending lambda}, with {@code *} for
 * any text. A line that begins with {@code !} is a debt: Reactor's automatic mode is right there.
 */
final class Known {

    private final List<Line> lines;

    private Known(List<Line> lines) {
        this.lines = lines;
    }

    private record Line(String text, boolean debt, Pattern pattern) {}

    static Known of(String mode) throws IOException {
        String name = mode + ".txt";
        try (InputStream file = Known.class.getResourceAsStream(name)) {
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return new Known(text.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(Known::parse)
                    .toList());
        }
    }

    private static Line parse(String text) {
        boolean debt = text.startsWith("!");
        String glob = debt ? text.substring(1).strip() : text.strip();
        String regex = Pattern.compile("\\*")
                .splitAsStream(glob + " | ")
                .map(Pattern::quote)
                .collect(Collectors.joining(".*"));
        return new Line(text, debt, Pattern.compile(regex + ".*"));
    }

    /** Those of {@code wrong} that no line names. */
    List<String> unlisted(Collection<String> wrong, boolean debtsOnly) {
        return wrong.stream()
                .filter(found -> lines.stream()
                        .filter(line -> line.debt || !debtsOnly)
                        .noneMatch(line -> line.pattern.matcher(found).matches()))
                .toList();
    }

    /** Lines that nothing in {@code wrong} needs any more. */
    List<String> superfluous(Collection<String> wrong) {
        List<String> found = new ArrayList<>();
        for (Line line : lines) {
            if (wrong.stream().noneMatch(what -> line.pattern.matcher(what).matches())) {
                found.add(line.text);
            }
        }
        return found;
    }
}
