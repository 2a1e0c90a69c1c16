// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.OpenSsl;
import io.netty.util.concurrent.EventExecutor;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.HttpResources;

/** An application with Weir is taken away, while what it shared with others stays: nothing of it remains in memory. */
@Timeout(180)
class RedeployTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Logger OTHERS = LoggerFactory.getLogger("others");

    @TempDir
    Path directory;

    private final OtlpServer receiver = new OtlpServer();

    @AfterEach
    void end() {
        receiver.close();
    }

    /** What all applications share. */
    private static final class Shared extends ClassLoader {

        private final List<String> packages;

        Shared(List<String> packages) {
            super(ClassLoader.getPlatformClassLoader());
            this.packages = packages;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (packages.stream().anyMatch(name::startsWith)) {
                return RedeployTest.class.getClassLoader().loadClass(name);
            }
            throw new ClassNotFoundException(name);
        }
    }

    /**
     * What is made once for all keeps the context class loader, or in a failure the stack, of whoever needs it first: Netty and Reactor do
     * that to every application. So it is made by what all share.
     */
    @BeforeAll
    static void startWhatAllShare() throws Exception {
        OpenSsl.isAvailable();
        Schedulers.boundedElastic().schedule(() -> {});
        for (EventExecutor loop : HttpResources.get().onServer(true)) {
            loop.submit(() -> {}).sync();
        }
        for (EventExecutor loop : HttpResources.get().onServerSelect(true)) {
            loop.submit(() -> {}).sync();
        }
        Flux.range(0, Schedulers.DEFAULT_POOL_SIZE)
                .flatMap(i -> Mono.fromRunnable(() -> {}).subscribeOn(Schedulers.parallel()))
                .blockLast(LONG);
    }

    private static URL[] classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> {
                    try {
                        return new File(entry).toURI().toURL();
                    } catch (MalformedURLException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toArray(URL[]::new);
    }

    private WeakReference<ClassLoader> run(List<String> shared) throws Exception {
        URLClassLoader application = new URLClassLoader(classPath(), new Shared(shared));
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread main = new Thread(() -> start(application, done), "application");
        main.setContextClassLoader(application);
        main.start();
        main.join();
        done.get();
        application.close();
        return new WeakReference<>(application);
    }

    private void start(ClassLoader application, CompletableFuture<Void> done) {
        try {
            Class<?> type = application.loadClass(RedeployedApplication.class.getName());
            assertThat(type.getClassLoader()).isSameAs(application);
            @SuppressWarnings("unchecked")
            BiConsumer<String, Path> started =
                    (BiConsumer<String, Path>) type.getConstructor().newInstance();
            started.accept(receiver.url(), directory);
            done.complete(null);
        } catch (Throwable failure) {
            done.completeExceptionally(failure);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.netty. reactor. org.reactivestreams.",
                "io.netty. reactor. org.reactivestreams. org.slf4j. ch.qos.logback.",
            })
    void loaderOfAnApplicationThatEnded_isCollected(String shared) throws Exception {
        WeakReference<ClassLoader> loader = run(List.of(shared.split(" ")));

        assertThat(receiver.spans).contains("order", "GET /orders/{id}");
        assertThat(receiver.lines).contains("a line", "on the event loop");
        await().atMost(LONG).until(() -> {
            // Logback keeps an appender that was taken away until the next line reaches its logger.
            OTHERS.error("others go on");
            System.gc();
            return loader.refersTo(null);
        });
    }
}
