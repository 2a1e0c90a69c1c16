// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.BaggageBuilder;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * W3C Baggage: the header {@code baggage}.
 *
 * <p>Bounds in both directions: {@value #MAX_ENTRIES} entries and {@value #MAX_BYTES} bytes over all headers; what is beyond
 * is left out. A malformed member is left out, the others stay.
 *
 * <p>Stateless and thread-safe. Never throws, whatever a header holds.
 *
 * @since 0.1
 */
public final class W3cBaggagePropagator implements TextMapPropagator {

    /** How many entries are read or written. */
    public static final int MAX_ENTRIES = 64;

    /** How many bytes of header text are read or written. */
    public static final int MAX_BYTES = 8192;

    static final String BAGGAGE = "baggage";

    private static final W3cBaggagePropagator INSTANCE = new W3cBaggagePropagator();
    private static final List<String> FIELDS = List.of(BAGGAGE);

    private W3cBaggagePropagator() {}

    /** {@return the one instance} */
    public static W3cBaggagePropagator instance() {
        return INSTANCE;
    }

    @Override
    public Collection<String> fields() {
        return FIELDS;
    }

    @Override
    public <C> void inject(Context context, @Nullable C carrier, TextMapSetter<C> setter) {
        if (context == null || setter == null) {
            return;
        }
        Baggage baggage = Baggage.fromContext(context);
        if (baggage.isEmpty()) {
            return;
        }
        String header = BaggageText.format(baggage);
        if (!header.isEmpty()) {
            setter.set(carrier, BAGGAGE, header);
        }
    }

    @Override
    public <C> Context extract(Context context, @Nullable C carrier, TextMapGetter<C> getter) {
        if (context == null) {
            return Context.root();
        }
        if (getter == null) {
            return context;
        }
        if (getter.get(carrier, BAGGAGE) == null) {
            return context;
        }
        Iterator<String> headers = getter.getAll(carrier, BAGGAGE);
        BaggageBuilder found = Baggage.builder();
        int entries = 0;
        int bytes = 0;
        while (headers.hasNext() && entries < MAX_ENTRIES) {
            String header = headers.next();
            if (header == null) {
                continue;
            }
            entries += BaggageText.parse(header, MAX_BYTES - bytes, MAX_ENTRIES - entries, found);
            bytes = Math.min(MAX_BYTES, bytes + header.length() + 1);
        }
        return entries == 0 ? context : context.with(found.build());
    }

    @Override
    public String toString() {
        return "W3cBaggagePropagator";
    }
}
