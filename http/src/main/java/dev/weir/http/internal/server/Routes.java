// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpRouteHandlerMetadata;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * Sets the template that matched on each exchange. Reactor Netty knows the templates but does not report which one
 * matched, so the handlers are decorated when they are added to the routes.
 */
public final class Routes {

    private Routes() {}

    /** The same routes, with handlers that set the template. */
    public static Consumer<HttpServerRoutes> recording(Consumer<? super HttpServerRoutes> routes) {
        return target -> routes.accept(new RecordingRoutes(target));
    }

    /**
     * All convenience methods of {@link HttpServerRoutes} end in {@link #route}: their own default bodies run here,
     * while the field holds the template for that call. Used by the configuring thread only.
     */
    private static final class RecordingRoutes implements HttpServerRoutes {

        private final HttpServerRoutes target;
        private @Nullable String template;

        RecordingRoutes(HttpServerRoutes target) {
            this.target = target;
        }

        private HttpServerRoutes under(String path, Supplier<HttpServerRoutes> registration) {
            template = path.startsWith("/") ? path : '/' + path;
            try {
                return registration.get();
            } finally {
                template = null;
            }
        }

        @Override
        public HttpServerRoutes route(
                Predicate<? super HttpServerRequest> condition,
                BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
            String template = this.template;
            if (template == null) {
                target.route(condition, handler);
            } else {
                target.route(condition, (request, response) -> {
                    ServerRequests.route(request, template);
                    return handler.apply(request, response);
                });
            }
            return this;
        }

        @Override
        public HttpServerRoutes get(
                String path,
                BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
            return under(path, () -> HttpServerRoutes.super.get(path, handler));
        }

        @Override
        public HttpServerRoutes head(
                String path,
                BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
            return under(path, () -> HttpServerRoutes.super.head(path, handler));
        }

        @Override
        public HttpServerRoutes post(
                String path,
                BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
            return under(path, () -> HttpServerRoutes.super.post(path, handler));
        }

        @Override
        public HttpServerRoutes put(
                String path,
                BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
            return under(path, () -> HttpServerRoutes.super.put(path, handler));
        }

        @Override
        public HttpServerRoutes delete(
                String path,
                BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
            return under(path, () -> HttpServerRoutes.super.delete(path, handler));
        }

        @Override
        public HttpServerRoutes options(
                String path,
                BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>> handler) {
            return under(path, () -> HttpServerRoutes.super.options(path, handler));
        }

        @Override
        public HttpServerRoutes ws(
                String path,
                BiFunction<? super WebsocketInbound, ? super WebsocketOutbound, ? extends Publisher<Void>> handler,
                WebsocketServerSpec spec) {
            return under(path, () -> HttpServerRoutes.super.ws(path, handler, spec));
        }

        @Override
        public HttpServerRoutes file(String uri, Path path) {
            return under(uri, () -> HttpServerRoutes.super.file(uri, path));
        }

        @Override
        public HttpServerRoutes file(String uri, String path) {
            return under(uri, () -> HttpServerRoutes.super.file(uri, path));
        }

        /** Only a file that exists has a route. */
        @Override
        public HttpServerRoutes directory(
                String uri, Path directory, @Nullable Function<HttpServerResponse, HttpServerResponse> interceptor) {
            String template = (uri.endsWith("/") ? uri : uri + '/') + "**";
            target.directory(uri, directory, response -> {
                ServerRequests.route(response, template);
                return interceptor == null ? response : interceptor.apply(response);
            });
            return this;
        }

        @Override
        public HttpServerRoutes removeIf(Predicate<? super HttpRouteHandlerMetadata> condition) {
            target.removeIf(condition);
            return this;
        }

        @Override
        public HttpServerRoutes comparator(Comparator<HttpRouteHandlerMetadata> comparator) {
            target.comparator(comparator);
            return this;
        }

        @Override
        public HttpServerRoutes noComparator() {
            target.noComparator();
            return this;
        }

        @Override
        public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
            return target.apply(request, response);
        }
    }
}
