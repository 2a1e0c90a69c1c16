// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.context;

import dev.weir.context.w3c.W3cPropagator;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Iterator;

/** The headers of a request into a context and out of one, ours and OpenTelemetry's. Each method is one operation. */
public final class HeaderCodecs {

    private static final TextMapGetter<HttpHeaders> GETTER = new TextMapGetter<>() {

        @Override
        @SuppressWarnings("deprecation")
        public Iterable<String> keys(HttpHeaders carrier) {
            return carrier.names();
        }

        @Override
        public String get(HttpHeaders carrier, String key) {
            return carrier.get(key);
        }

        @Override
        public Iterator<String> getAll(HttpHeaders carrier, String key) {
            return carrier.valueStringIterator(key);
        }
    };

    private static final TextMapSetter<String[]> SETTER = (carrier, key, value) -> carrier[0] = value;
    private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final TextMapPropagator codec;
    private final HttpHeaders plain = headers(PARENT, null);
    private final HttpHeaders withState = headers(PARENT, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,ot=th:c");
    private final HttpHeaders rejected = headers(PARENT.replace('7', 'X'), null);
    private final String[] out = new String[1];
    private final Context outgoing = Context.root()
            .with(Span.wrap(SpanContext.create(
                    "0af7651916cd43dd8448eb211c80319c",
                    "b7ad6b7169203331",
                    TraceFlags.getSampled(),
                    TraceState.getDefault())));

    /** @param ours else OpenTelemetry's */
    public HeaderCodecs(boolean ours) {
        this.codec = ours ? W3cPropagator.instance() : W3CTraceContextPropagator.getInstance();
    }

    private static HttpHeaders headers(String parent, String state) {
        HttpHeaders headers = new DefaultHttpHeaders()
                .add("host", "shop.example")
                .add("accept", "application/json")
                .add("accept-encoding", "gzip")
                .add("user-agent", "bench/1")
                .add("content-type", "application/json")
                .add("content-length", "42")
                .add("x-request-id", "7")
                .add("cookie", "a=b")
                .add("traceparent", parent);
        return state == null ? headers : headers.add("tracestate", state);
    }

    public Object extract() {
        return codec.extract(Context.root(), plain, GETTER);
    }

    public Object extractWithState() {
        return codec.extract(Context.root(), withState, GETTER);
    }

    public Object extractRejected() {
        return codec.extract(Context.root(), rejected, GETTER);
    }

    public Object inject() {
        codec.inject(outgoing, out, SETTER);
        return out[0];
    }

    /** Only the header, without the lookup and without a Context: what the codec itself costs. */
    public Object lookupOnly() {
        Iterator<String> values = GETTER.getAll(plain, "traceparent");
        return values.hasNext() ? values.next() : null;
    }
}
