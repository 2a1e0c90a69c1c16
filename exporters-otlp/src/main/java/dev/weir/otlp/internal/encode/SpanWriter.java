// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;

/** Writes spans. Fields are written in descending order, so that they are read in ascending order. */
final class SpanWriter implements RecordWriter<SpanData> {

    private static final int SPANS = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final int TRACE_ID = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SPAN_ID = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int TRACE_STATE = 3 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int PARENT_SPAN_ID = 4 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int NAME = 5 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int KIND = 6 << 3;
    private static final int START_TIME = 7 << 3 | 1;
    private static final int END_TIME = 8 << 3 | 1;
    private static final int ATTRIBUTES = 9 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int DROPPED_ATTRIBUTES = 10 << 3;
    private static final int EVENTS = 11 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int DROPPED_EVENTS = 12 << 3;
    private static final int LINKS = 13 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int DROPPED_LINKS = 14 << 3;
    private static final int STATUS = 15 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    /** Field 16, fixed32: the tag takes two bytes, the first of which is this; the second is 1. */
    private static final int FLAGS_FIRST = (16 << 3 | 5) & 0x7f | 0x80;

    private static final int STATUS_MESSAGE = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int STATUS_CODE = 3 << 3;

    private static final int EVENT_TIME = 1 << 3 | 1;
    private static final int EVENT_NAME = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EVENT_ATTRIBUTES = 3 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EVENT_DROPPED_ATTRIBUTES = 4 << 3;

    private static final int LINK_ATTRIBUTES = 4 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int LINK_DROPPED_ATTRIBUTES = 5 << 3;
    private static final int LINK_FLAGS = 6 << 3 | 5;

    private static final int HAS_IS_REMOTE = 0x100;
    private static final int IS_REMOTE = 0x200;

    private final ValueWriter values;
    private final IdWriter ids;

    SpanWriter(ValueWriter values, IdWriter ids) {
        this.values = values;
        this.ids = ids;
    }

    @Override
    public Resource resource(SpanData span) {
        return span.getResource();
    }

    @Override
    public InstrumentationScopeInfo scope(SpanData span) {
        return span.getInstrumentationScopeInfo();
    }

    @Override
    public int write(SpanData span, ProtoBuffer out) {
        int before = out.size();
        SpanContext context = span.getSpanContext();
        SpanContext parent = span.getParentSpanContext();
        out.fixed32(1, flags(context, parent.isRemote()));
        out.tag(FLAGS_FIRST);
        status(span.getStatus(), out);
        List<LinkData> links = span.getLinks();
        dropped(DROPPED_LINKS, span.getTotalRecordedLinks(), links.size(), out);
        for (int i = links.size() - 1; i >= 0; i--) {
            link(links.get(i), out);
        }
        List<EventData> events = span.getEvents();
        dropped(DROPPED_EVENTS, span.getTotalRecordedEvents(), events.size(), out);
        for (int i = events.size() - 1; i >= 0; i--) {
            event(events.get(i), out);
        }
        Attributes attributes = span.getAttributes();
        int dropped = span.getTotalAttributeCount() - attributes.size();
        values.attributes(ATTRIBUTES, attributes, DROPPED_ATTRIBUTES, dropped, out);
        time(END_TIME, span.getEndEpochNanos(), out);
        time(START_TIME, span.getStartEpochNanos(), out);
        out.uint(KIND, kind(span));
        out.stringUnlessEmpty(NAME, span.getName());
        if (parent.isValid()) {
            ids.spanId(PARENT_SPAN_ID, parent.getSpanId(), out);
        }
        ids.traceState(TRACE_STATE, context.getTraceState(), out);
        ids.spanId(SPAN_ID, context.getSpanId(), out);
        ids.traceId(TRACE_ID, context.getTraceId(), out);
        out.message(SPANS, before);
        return 1;
    }

    private void event(EventData event, ProtoBuffer out) {
        int before = out.size();
        Attributes attributes = event.getAttributes();
        int dropped = event.getTotalAttributeCount() - attributes.size();
        values.attributes(EVENT_ATTRIBUTES, attributes, EVENT_DROPPED_ATTRIBUTES, dropped, out);
        out.stringUnlessEmpty(EVENT_NAME, event.getName());
        time(EVENT_TIME, event.getEpochNanos(), out);
        out.message(EVENTS, before);
    }

    private void link(LinkData link, ProtoBuffer out) {
        int before = out.size();
        SpanContext context = link.getSpanContext();
        out.fixed32(LINK_FLAGS, flags(context, context.isRemote()));
        Attributes attributes = link.getAttributes();
        int dropped = link.getTotalAttributeCount() - attributes.size();
        values.attributes(LINK_ATTRIBUTES, attributes, LINK_DROPPED_ATTRIBUTES, dropped, out);
        ids.traceState(TRACE_STATE, context.getTraceState(), out);
        ids.spanId(SPAN_ID, context.getSpanId(), out);
        ids.traceId(TRACE_ID, context.getTraceId(), out);
        out.message(LINKS, before);
    }

    /** Written also when it is unset, as OpenTelemetry's exporters do. */
    private static void status(StatusData status, ProtoBuffer out) {
        int before = out.size();
        switch (status.getStatusCode()) {
            case OK -> out.uint(STATUS_CODE, 1);
            case ERROR -> out.uint(STATUS_CODE, 2);
            case UNSET -> {}
        }
        out.stringUnlessEmpty(STATUS_MESSAGE, status.getDescription());
        out.message(STATUS, before);
    }

    private static int kind(SpanData span) {
        return switch (span.getKind()) {
            case INTERNAL -> 1;
            case SERVER -> 2;
            case CLIENT -> 3;
            case PRODUCER -> 4;
            case CONSUMER -> 5;
        };
    }

    private static int flags(SpanContext context, boolean remote) {
        return context.getTraceFlags().asByte() & 0xff | HAS_IS_REMOTE | (remote ? IS_REMOTE : 0);
    }

    private static void time(int tag, long epochNanos, ProtoBuffer out) {
        if (epochNanos != 0) {
            out.fixed64(tag, epochNanos);
        }
    }

    private static void dropped(int tag, int total, int kept, ProtoBuffer out) {
        if (total > kept) {
            out.uint(tag, total - kept);
        }
    }
}
