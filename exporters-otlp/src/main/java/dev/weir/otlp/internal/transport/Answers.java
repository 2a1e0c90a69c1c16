// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.otlp.internal.proto.ProtoReader;
import dev.weir.otlp.internal.transport.SendResult.Outcome;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Interprets the answers of OTLP receivers by the retry tables of the protocol. Stateless; malformed answers never
 * throw.
 */
public final class Answers {

    /** The longest delay that a receiver may ask for. */
    public static final long MAX_DELAY_NANOS = 600_000_000_000L;

    private static final int MAX_MESSAGE = 1024;

    private Answers() {}

    /**
     * The meaning of an HTTP answer.
     *
     * @param retryAfter the header, or null
     * @param body what was read of the body
     * @param epochMillis now, for a {@code Retry-After} that is a date
     */
    public static SendResult http(int status, @Nullable String retryAfter, byte[] body, long epochMillis) {
        if (status >= 200 && status < 300) {
            return partialSuccess(status, body, 0, body.length);
        }
        String message = "HTTP " + status + detail(body);
        return switch (status) {
            case 429, 502, 503, 504 -> {
                long delay = retryAfter == null ? statusDelay(body) : retryAfter(retryAfter, epochMillis);
                yield new SendResult(delay >= 0 ? Outcome.THROTTLE : Outcome.RETRY, status, delay, 0, message);
            }
            case 413 -> new SendResult(Outcome.TOO_LARGE, status, SendResult.NO_DELAY, 0, message);
            case 401, 403, 407 -> new SendResult(Outcome.UNAUTHORIZED, status, SendResult.NO_DELAY, 0, message);
            default -> new SendResult(Outcome.REJECTED, status, SendResult.NO_DELAY, 0, message);
        };
    }

    /**
     * The meaning of a gRPC status.
     *
     * @param details the header {@code grpc-status-details-bin}, or null
     * @param exhaustedIsBusy whether RESOURCE_EXHAUSTED without a delay is worth a retry
     */
    public static SendResult grpc(int code, String text, @Nullable String details, boolean exhaustedIsBusy) {
        long delay = details == null ? SendResult.NO_DELAY : retryInfo(details);
        String message = "gRPC " + GrpcStatus.name(code) + (text.isEmpty() ? "" : ": " + printable(text));
        Outcome outcome = switch (code) {
            case 1, 4, 10, 11, 14, 15 -> delay >= 0 ? Outcome.THROTTLE : Outcome.RETRY;
            case 8 -> {
                if (saysTooLarge(text)) {
                    yield Outcome.TOO_LARGE;
                }
                if (delay >= 0) {
                    yield Outcome.THROTTLE;
                }
                yield exhaustedIsBusy ? Outcome.RETRY : Outcome.REJECTED;
            }
            case 7, 16 -> Outcome.UNAUTHORIZED;
            default -> Outcome.REJECTED;
        };
        return new SendResult(outcome, code, outcome == Outcome.THROTTLE ? delay : SendResult.NO_DELAY, 0, message);
    }

    /** The text of the message in grpc-go, C-core and grpc-java. */
    private static boolean saysTooLarge(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return lower.contains("larger than max") || lower.contains("exceeds maximum size");
    }

    /** The gRPC code that stands for an HTTP status without a gRPC status, as a proxy sends it. */
    public static int grpcCodeOfHttp(int status) {
        return switch (status) {
            case 400 -> 13;
            case 401 -> 16;
            case 403 -> 7;
            case 404 -> 12;
            case 429, 502, 503, 504 -> 14;
            default -> 2;
        };
    }

    /** A success; the body may contain a number of rejected records. */
    public static SendResult partialSuccess(int status, byte[] body, int from, int to) {
        long rejected = 0;
        String message = "";
        ProtoReader response = new ProtoReader(body, from, to);
        while (response.next()) {
            if (response.field() == 1 && response.isMessage()) {
                ProtoReader partial = response.message();
                while (partial.next()) {
                    if (partial.field() == 1 && !partial.isMessage()) {
                        rejected = Math.max(0, partial.number());
                    } else if (partial.field() == 2 && partial.isMessage()) {
                        message = printable(partial.text());
                    }
                }
                if (partial.malformed()) {
                    return SendResult.delivered(status);
                }
            }
        }
        return response.malformed() ? SendResult.delivered(status) : SendResult.delivered(status, rejected, message);
    }

    /**
     * Nanoseconds of a {@code Retry-After}, in seconds or as a date; {@link SendResult#NO_DELAY} when it is malformed.
     */
    static long retryAfter(String header, long epochMillis) {
        String text = header.trim();
        try {
            if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                if (text.length() > 9) {
                    return MAX_DELAY_NANOS;
                }
                return Math.min(MAX_DELAY_NANOS, Long.parseLong(text) * 1_000_000_000L);
            }
            Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            long millis = until.toEpochMilli() - epochMillis;
            return Math.max(0, Math.min(MAX_DELAY_NANOS / 1_000_000, millis)) * 1_000_000;
        } catch (DateTimeException e) {
            return SendResult.NO_DELAY;
        }
    }

    private static long retryInfo(String base64) {
        try {
            String padded = base64.replace("=", "");
            return statusDelay(Base64.getDecoder().decode(padded));
        } catch (IllegalArgumentException e) {
            return SendResult.NO_DELAY;
        }
    }

    /** The delay of a {@code google.rpc.RetryInfo} in a {@code google.rpc.Status}; 0 when it is malformed. */
    private static long statusDelay(byte[] status) {
        ProtoReader fields = new ProtoReader(status, 0, status.length);
        long delay = SendResult.NO_DELAY;
        while (fields.next()) {
            if (fields.field() == 3 && fields.isMessage()) {
                delay = Math.max(delay, anyDelay(fields.message()));
            }
        }
        return fields.malformed() ? SendResult.NO_DELAY : delay;
    }

    private static long anyDelay(ProtoReader any) {
        boolean isRetryInfo = false;
        ProtoReader value = null;
        while (any.next()) {
            if (any.field() == 1 && any.isMessage()) {
                isRetryInfo = any.text().endsWith("google.rpc.RetryInfo");
            } else if (any.field() == 2 && any.isMessage()) {
                value = any.message();
            }
        }
        if (!isRetryInfo) {
            return SendResult.NO_DELAY;
        }
        // The presence of one means that a retry may succeed, whatever the delay is.
        long delay = 0;
        while (value != null && value.next()) {
            if (value.field() == 1 && value.isMessage()) {
                delay = durationNanos(value.message());
            }
        }
        return delay;
    }

    private static long durationNanos(ProtoReader duration) {
        long seconds = 0;
        long nanos = 0;
        while (duration.next()) {
            if (duration.field() == 1) {
                seconds = duration.number();
            } else if (duration.field() == 2) {
                nanos = duration.number();
            }
        }
        if (duration.malformed() || seconds < 0 || nanos < 0) {
            return 0;
        }
        return seconds >= MAX_DELAY_NANOS / 1_000_000_000
                ? MAX_DELAY_NANOS
                : seconds * 1_000_000_000 + Math.min(nanos, 999_999_999);
    }

    /** The message of a {@code google.rpc.Status}, or the first text of another body. */
    private static String detail(byte[] body) {
        if (body.length == 0) {
            return "";
        }
        ProtoReader fields = new ProtoReader(body, 0, body.length);
        String message = "";
        while (fields.next()) {
            if (fields.field() == 2 && fields.isMessage()) {
                message = fields.text();
            }
        }
        if (fields.malformed() || message.isEmpty()) {
            message = new String(body, 0, Math.min(body.length, MAX_MESSAGE), java.nio.charset.StandardCharsets.UTF_8);
        }
        return ": " + printable(message);
    }

    /** {@code text} without control characters, of bounded length. */
    static String printable(String text) {
        int length = Math.min(text.length(), MAX_MESSAGE);
        StringBuilder clean = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            clean.append(Character.isISOControl(c) ? ' ' : c);
        }
        return clean.toString().trim();
    }
}
