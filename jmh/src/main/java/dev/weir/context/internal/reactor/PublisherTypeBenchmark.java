// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;

/**
 * The table of recent classes beside the way without it: {@code recent} looks up operators of Reactor, which are in the table,
 * {@code searched} as many classes of other class loaders, which never are. Figures per lookup.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PublisherTypeBenchmark {

    private static final int CLASSES = 8;

    @Param({"recent", "searched"})
    String classes;

    private Object[] publishers = {};

    @Setup
    public void setUp() throws Exception {
        Flux<Integer> source = Flux.range(1, 3);
        publishers = new Object[] {
            source,
            source.hide(),
            source.filter(i -> i > 1),
            source.take(2),
            source.skip(1),
            source.flatMap(Flux::just),
            source.concatMap(Flux::just),
            source.scan(Integer::sum)
        };
        if (classes.equals("searched")) {
            for (int i = 0; i < CLASSES; i++) {
                publishers[i] = new OwnLoader()
                        .loadClass(OwnPublisher.class.getName())
                        .getConstructor()
                        .newInstance();
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(CLASSES)
    public void lookUp(Blackhole hole) {
        for (Object publisher : publishers) {
            hole.consume(PublisherType.of(publisher));
        }
    }

    /** A publisher of an application. */
    public static final class OwnPublisher implements Publisher<Object> {

        @Override
        public void subscribe(Subscriber<? super Object> subscriber) {}
    }

    /** Defines {@link OwnPublisher} anew. */
    private static final class OwnLoader extends ClassLoader {

        OwnLoader() {
            super(PublisherTypeBenchmark.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(OwnPublisher.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try (InputStream code = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = code.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
