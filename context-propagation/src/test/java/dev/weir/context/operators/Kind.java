// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** What a pipeline begins with, or what an operator gets as another publisher. */
enum Kind {
    /** Flux.create and Mono.create: the source that Reactor's hooks know, and the other side when one side is tried. */
    CREATE(Base.CREATE, Top.NOTHING),
    SINK_UNICAST(Base.SINK_UNICAST, Top.NOTHING),
    SINK_MULTICAST(Base.SINK_MULTICAST, Top.NOTHING),
    SINK_BEST_EFFORT(Base.SINK_BEST_EFFORT, Top.NOTHING),
    SINK_REPLAY(Base.SINK_REPLAY, Top.NOTHING),
    SINK_EMPTY(Base.SINK_EMPTY, Top.NOTHING),
    /** A subclass of Flux or Mono. */
    FOREIGN(Base.FOREIGN, Top.NOTHING),
    /** A Publisher that is nothing else. */
    BARE(Base.BARE, Top.NOTHING),
    /** Shared sources, each with a first subscriber of another trace. */
    SHARE(Base.SHARE, Top.NOTHING),
    CACHE(Base.CACHE, Top.NOTHING),
    AUTO_CONNECT(Base.AUTO_CONNECT, Top.NOTHING),
    REPLAY_REF_COUNT(Base.REPLAY_REF_COUNT, Top.NOTHING),
    SINK_CHECKPOINT(Base.SINK_UNICAST, Top.CHECKPOINT),
    SINK_HIDE(Base.SINK_UNICAST, Top.HIDE),
    SINK_DETACH(Base.SINK_UNICAST, Top.DETACH),
    SINK_OPERATORS(Base.SINK_UNICAST, Top.OPERATORS),
    FOREIGN_HIDE(Base.FOREIGN, Top.HIDE),
    FOREIGN_OPERATORS(Base.FOREIGN, Top.OPERATORS),
    SHARE_CHECKPOINT(Base.SHARE, Top.CHECKPOINT),
    SHARE_OPERATORS(Base.SHARE, Top.OPERATORS),
    CREATE_OPERATORS(Base.CREATE, Top.OPERATORS),
    /** With a scope of its own. */
    SCOPED(Base.CREATE, Top.SCOPE),
    SCOPED_SINK(Base.SINK_UNICAST, Top.SCOPE),
    SCOPED_FOREIGN(Base.FOREIGN, Top.SCOPE),
    /** With a raw contextWrite of another trace. */
    WRITTEN(Base.CREATE, Top.WRITE),
    WRITTEN_SINK(Base.SINK_UNICAST, Top.WRITE),
    /** The operator stands inside a function, on the Flux that another operator gives it, with a scope of its own. */
    IN_GROUP(flux -> body -> flux.groupBy(value -> 1).flatMap(body)),
    IN_WINDOW(flux -> body -> flux.window(10).flatMap(body)),
    IN_WINDOW_UNTIL(flux -> body -> flux.windowUntil(value -> false).flatMap(body)),
    IN_SWITCH_ON_FIRST(flux -> body -> flux.switchOnFirst((first, all) -> body.apply(all))),
    IN_PUBLISH(flux -> body -> flux.publish(body)),
    IN_RAIL(flux -> body -> flux.parallel(1).transformGroups(body::apply).sequential());

    /** Puts a body around what an operator gives to a function. */
    interface Place {
        Function<Function<Flux<Object>, Publisher<Object>>, Flux<Object>> in(Flux<Object> flux);
    }

    final Base base;
    final Top top;
    final Place place;

    Kind(Base base, Top top) {
        this.base = base;
        this.top = top;
        this.place = null;
    }

    Kind(Place place) {
        this.base = Base.CREATE;
        this.top = Top.NOTHING;
        this.place = place;
    }

    static List<Kind> ofFluxSource() {
        return Arrays.stream(values())
                .filter(kind -> kind.base != Base.SINK_EMPTY)
                .toList();
    }

    /** A Mono has no rails and no windows, and one sink for them all. */
    static List<Kind> ofMonoSource() {
        return Arrays.stream(values())
                .filter(kind -> kind.place == null && kind.base.ofMono)
                .toList();
    }

    /** Those that whoever comes late can wait for. */
    static List<Kind> ofBlocking(boolean mono) {
        return (mono ? ofMonoSource() : ofFluxInner())
                .stream()
                        .filter(kind -> !kind.base.shared && kind.base != Base.SINK_BEST_EFFORT)
                        .toList();
    }

    static List<Kind> ofFluxInner() {
        return ofFluxSource().stream().filter(kind -> kind.place == null).toList();
    }

    boolean isScoped() {
        return top == Top.SCOPE;
    }

    /** Whether a second subscription meets a source that has ended already, and so ends at once. */
    boolean endsAtOnce() {
        return base != Base.CREATE || place != null;
    }

    /** What signals. */
    enum Base {
        CREATE(true),
        SINK_UNICAST(true),
        SINK_MULTICAST(false),
        SINK_BEST_EFFORT(false),
        SINK_REPLAY(false),
        SINK_EMPTY(true),
        FOREIGN(true),
        BARE(true),
        SHARE(true, true),
        CACHE(true, true),
        AUTO_CONNECT(false, true),
        REPLAY_REF_COUNT(false, true);

        final boolean ofMono;
        final boolean shared;

        Base(boolean ofMono) {
            this(ofMono, false);
        }

        Base(boolean ofMono, boolean shared) {
            this.ofMono = ofMono;
            this.shared = shared;
        }
    }

    /** What stands between that and the operator. */
    enum Top {
        NOTHING,
        CHECKPOINT,
        HIDE,
        DETACH,
        OPERATORS,
        SCOPE,
        WRITE
    }
}
