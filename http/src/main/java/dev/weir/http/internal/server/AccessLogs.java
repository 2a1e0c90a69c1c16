// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import io.opentelemetry.api.trace.SpanContext;
import java.net.InetSocketAddress;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.ConnectionInformation;
import reactor.netty.http.server.logging.AccessLog;
import reactor.netty.http.server.logging.AccessLogArgProvider;
import reactor.netty.http.server.logging.AccessLogFactory;

/**
 * Access logs with the trace. Reactor Netty writes its line after our exchange has ended, outside of any scope.
 * Stateless.
 */
public final class AccessLogs {

    private static final String FORMAT = "{} - {} [{}] \"{} {} {}\" {} {} {} trace_id={} span_id={}";
    private static final String MISSING = "-";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.US);

    private AccessLogs() {}

    /** Reactor Netty's line with {@code trace_id} and {@code span_id} at its end. */
    public static AccessLogFactory common() {
        return with(AccessLogs::line);
    }

    /** Lines in a format of the application; the ids are invalid for a request that is not instrumented. */
    public static AccessLogFactory with(
            BiFunction<? super AccessLogArgProvider, ? super SpanContext, ? extends @Nullable AccessLog> format) {
        return args -> format.apply(args, ServerRequests.ids(args.connectionInformation()));
    }

    private static AccessLog line(AccessLogArgProvider args, SpanContext ids) {
        ZonedDateTime time = args.accessDateTime();
        return AccessLog.create(
                FORMAT,
                address(args.connectionInformation()),
                args.user(),
                time == null ? MISSING : TIME.format(time),
                args.method(),
                args.uri(),
                args.protocol(),
                args.status(),
                args.contentLength() > -1 ? args.contentLength() : MISSING,
                args.duration(),
                ids.isValid() ? ids.getTraceId() : MISSING,
                ids.isValid() ? ids.getSpanId() : MISSING);
    }

    private static String address(@Nullable ConnectionInformation connection) {
        return connection != null && connection.connectionRemoteAddress() instanceof InetSocketAddress address
                ? address.getHostString()
                : MISSING;
    }
}
