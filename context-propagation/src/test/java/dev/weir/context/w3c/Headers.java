// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Headers as a request carries them: several of one name, names in any case. */
final class Headers {

    static final TextMapGetter<Headers> GETTER = new TextMapGetter<>() {

        @Override
        @SuppressWarnings("deprecation") // abstract in the oldest supported version
        public Iterable<String> keys(Headers carrier) {
            return carrier.lines.stream().map(line -> line[0]).toList();
        }

        @Override
        public String get(Headers carrier, String key) {
            Iterator<String> all = getAll(carrier, key);
            return all.hasNext() ? all.next() : null;
        }

        @Override
        public Iterator<String> getAll(Headers carrier, String key) {
            return carrier.all(key).iterator();
        }
    };

    static final TextMapSetter<Headers> SETTER = (carrier, key, value) -> carrier.add(key, value);

    private final List<String[]> lines = new ArrayList<>();

    static Headers of(String... namesAndValues) {
        Headers headers = new Headers();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    Headers add(String name, String value) {
        lines.add(new String[] {name, value});
        return this;
    }

    List<String> all(String name) {
        return lines.stream()
                .filter(line -> line[0].equalsIgnoreCase(name))
                .map(line -> line[1])
                .toList();
    }
}
