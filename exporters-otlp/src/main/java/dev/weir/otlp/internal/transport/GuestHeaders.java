// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.internal.GuestCalls;
import dev.weir.core.internal.InstrumentationSuppression;
import java.util.Map;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** Calls a source of headers that may block, on a thread that only such calls use. Untraced. Thread-safe. */
public final class GuestHeaders implements RequestHeaders {

    private final GuestCalls guests;
    private final RequestHeaders source;

    /** @param guests calls {@code source} */
    public GuestHeaders(GuestCalls guests, RequestHeaders source) {
        this.guests = guests;
        this.source = source;
    }

    @Override
    public Mono<Map<String, String>> get(boolean refresh) {
        return Mono.create(sink -> {
            Disposable.Swap asking = Disposables.swap();
            sink.onDispose(asking);
            if (!guests.offer(() -> ask(refresh, sink, asking))) {
                sink.error(new IllegalStateException("the source of headers has not come back"));
            }
        });
    }

    private void ask(boolean refresh, MonoSink<Map<String, String>> sink, Disposable.Swap asking) {
        if (asking.isDisposed()) {
            return;
        }
        InstrumentationSuppression.run(() -> asking.update(Mono.defer(() -> source.get(refresh))
                .subscribe(
                        sink::success,
                        failure -> {
                            if (!asking.isDisposed()) {
                                sink.error(failure);
                            }
                        },
                        sink::success)));
    }
}
