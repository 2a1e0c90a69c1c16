// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a profiled process spends its CPU: each sample belongs to the room that owns the frame nearest to the leaf; what the JDK and the
 * kernel do belongs to their caller. The event loop is counted apart from the other Java threads together.
 */
final class RoomShares {

    private static final int FRAMES = 25;

    private record Room(String name, Pattern frame) {

        static Room of(String prefix) {
            return new Room(prefix, Pattern.compile(Pattern.quote(prefix) + "\\..*"));
        }
    }

    private static final List<Room> TELEMETRY = List.of(
            Room.of("dev.weir.context"),
            Room.of("dev.weir.http"),
            Room.of("dev.weir.metric"),
            Room.of("dev.weir.core"),
            Room.of("dev.weir.otlp"),
            Room.of("dev.weir.log"),
            Room.of("dev.weir.sampler"),
            Room.of("io.opentelemetry"),
            Room.of("io.micrometer"),
            new Room("reactor.netty's metrics", Pattern.compile("reactor\\.netty\\..*(Micrometer|Metrics).*")));
    private static final List<Room> APPLICATION =
            List.of(Room.of("dev.weir.jmh"), Room.of("reactor.netty"), Room.of("io.netty"), Room.of("reactor"));
    private static final String REST = "JDK, kernel";

    /** Samples by room and by frame of the telemetry. */
    private record Samples(Map<String, Long> rooms, Map<String, Long> frames) {

        static Samples none() {
            return new Samples(new HashMap<>(), new HashMap<>());
        }
    }

    /**
     * What a profiled stretch gave.
     *
     * @param stacks collapsed: thread and frames to the leaf, divided by semicolons, then a blank and the samples
     * @param used by the process in the same time; a kernel may sample less often than it was asked to, so samples give shares only
     * @param requests of that time
     */
    record Profile(List<String> stacks, Used used, long requests) {}

    private final Samples loop = Samples.none();
    private final Samples others = Samples.none();
    private final Profile profile;

    RoomShares(Profile profile) {
        this.profile = profile;
        Set<String> javaThreads = new HashSet<>();
        for (String stack : profile.stacks()) {
            if (stack.contains(";java/lang/")) {
                javaThreads.add(thread(stack));
            }
        }
        for (String stack : profile.stacks()) {
            if (javaThreads.contains(thread(stack))) {
                count(stack, Used.isLoop(thread(stack)) ? loop : others);
            }
        }
    }

    private static String thread(String stack) {
        return stack.substring(stack.startsWith("[") ? 1 : 0, stack.indexOf(';'));
    }

    private static void count(String stack, Samples samples) {
        int end = stack.lastIndexOf(' ');
        long number = Long.parseLong(stack.substring(end + 1));
        String[] frames = stack.substring(0, end).replace('/', '.').split(";");
        for (int i = frames.length - 1; i > 0; i--) {
            Room room = room(TELEMETRY, frames[i]);
            if (room != null) {
                samples.frames.merge(frames[i], number, Long::sum);
            } else {
                room = room(APPLICATION, frames[i]);
            }
            if (room != null) {
                samples.rooms.merge(room.name, number, Long::sum);
                return;
            }
        }
        samples.rooms.merge(REST, number, Long::sum);
    }

    /** Null without one. */
    private static Room room(List<Room> rooms, String frame) {
        for (Room room : rooms) {
            if (room.frame.matcher(frame).matches()) {
                return room;
            }
        }
        return null;
    }

    void print(String what) {
        Used used = profile.used();
        print(what + ", event loop", loop, used.loopNanos() / 1e3 / profile.requests());
        print(what + ", other Java threads", others, used.otherNanos() / 1e3 / profile.requests());
    }

    private static void print(String what, Samples samples, double micros) {
        double all = samples.rooms.values().stream().mapToLong(Long::longValue).sum();
        System.out.printf(Locale.ROOT, "profile of %s: %.2f us a request, %.0f samples%n", what, micros, all);
        lines(samples.rooms, all, micros, Integer.MAX_VALUE);
        System.out.println("  frames of the telemetry that are nearest to the leaf");
        lines(samples.frames, all, micros, FRAMES);
    }

    private static void lines(Map<String, Long> samples, double all, double micros, int limit) {
        List<Map.Entry<String, Long>> largest = new ArrayList<>(samples.entrySet());
        largest.sort((a, b) -> Long.compare(b.getValue(), a.getValue()));
        largest.stream()
                .limit(limit)
                .forEach(entry -> System.out.printf(
                        Locale.ROOT,
                        "  %5.1f %% %6.2f us  %s%n",
                        entry.getValue() * 100 / all,
                        entry.getValue() * micros / all,
                        entry.getKey()));
    }
}
