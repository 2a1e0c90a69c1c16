// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A {@code redis-server} of its own on a free port of the loopback address; it keeps nothing on disk. */
final class RedisServer implements AutoCloseable {

    private final Process process;
    private final int port;

    private RedisServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts it and waits until it accepts connections; aborts the test where the command does not exist. */
    static RedisServer start() throws IOException {
        int port = freePort();
        Process process;
        try {
            process = new ProcessBuilder(
                            "redis-server", "--port", Integer.toString(port), "--save", "", "--bind", "127.0.0.1")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException missing) {
            return abort("No command redis-server on this machine, Lettuce is not tested: " + missing.getMessage());
        }
        RedisServer server = new RedisServer(process, port);
        try {
            await().atMost(Duration.ofSeconds(20)).until(server::accepts);
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
        return server;
    }

    int port() {
        return port;
    }

    private boolean accepts() {
        assertThat(process.isAlive()).as("redis-server runs").isTrue();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
