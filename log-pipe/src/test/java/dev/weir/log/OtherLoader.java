// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Weir once more in this JVM, in a class loader of its own over the same libraries: as in a second application of a
 * server. A thread that logged for it keeps its records, so each step may have a thread of its own.
 */
public final class OtherLoader {

    private final Loader loader = new Loader();
    private @Nullable Object pipe;

    /** Code that may fail. */
    @FunctionalInterface
    public interface Step<T> {

        T run() throws Exception;
    }

    /** Runs {@code step} on a thread that ends. */
    public static <T> T apart(Step<T> step) throws Exception {
        FutureTask<T> task = new FutureTask<>(step::run);
        Thread thread = new Thread(task);
        thread.start();
        thread.join();
        return task.get();
    }

    private static final class Loader extends ClassLoader {

        Loader() {
            super(OtherLoader.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null || !name.startsWith("dev.weir.") ? named(loaded, name, resolve) : define(name);
            }
        }

        private Class<?> named(@Nullable Class<?> loaded, String name, boolean resolve) throws ClassNotFoundException {
            return loaded == null ? super.loadClass(name, resolve) : loaded;
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    /** Installs {@code capture} there, for {@code context}, with a pipe in memory. */
    public AutoCloseable capture(Class<?> capture, Class<?> type, Object context) throws Exception {
        Class<?> pipes = theirs(LogPipe.class);
        Object builder = pipes.getMethod("builder").invoke(null);
        Object memory =
                theirs(StoreKind.class).getMethod("valueOf", String.class).invoke(null, "MEMORY");
        builder.getClass().getMethod("store", theirs(StoreKind.class)).invoke(builder, memory);
        pipe = builder.getClass().getMethod("build").invoke(builder);
        return apart(() -> (AutoCloseable)
                theirs(capture).getMethod("install", pipes, type).invoke(null, pipe, context));
    }

    private Class<?> theirs(Class<?> type) throws ClassNotFoundException {
        return Class.forName(type.getName(), true, loader);
    }

    /** How many records its pipe has. */
    public long records() throws Exception {
        Object room = Objects.requireNonNull(pipe);
        Object stats = theirs(LogPipe.class).getMethod("stats").invoke(room);
        return (long) theirs(PipeStats.class).getMethod("records").invoke(stats);
    }

    /** Ends its pipe. */
    public void close() throws Exception {
        ((AutoCloseable) Objects.requireNonNull(pipe)).close();
    }
}
