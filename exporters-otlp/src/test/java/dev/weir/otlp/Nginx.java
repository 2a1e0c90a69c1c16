// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real nginx on a loopback port, with all its files in a directory of the test, as a proxy before a receiver. */
final class Nginx implements AutoCloseable {

    private final Process process;
    private final int port;
    private final Path directory;

    private Nginx(Process process, int port, Path directory) {
        this.process = process;
        this.port = port;
        this.directory = directory;
    }

    /** The program, if this machine has it: on the path, or in the {@code sbin} beside a directory of the path. */
    static Optional<Path> program() {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(Path::of)
                .flatMap(path -> Stream.of(
                        path.resolve("nginx"), path.resolveSibling("sbin").resolve("nginx")))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts one.
     *
     * @param server lines inside {@code server}
     */
    static Nginx start(Path directory, boolean http2, String server) throws Exception {
        Path program = program().orElseThrow();
        for (int attempt = 0; attempt < 5; attempt++) {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            Path prefix = Files.createDirectories(directory.resolve("nginx-" + port));
            Files.writeString(prefix.resolve("nginx.conf"), """
                    daemon off;
                    master_process off;
                    pid nginx.pid;
                    error_log error.log;
                    events { worker_connections 64; }
                    http {
                        access_log off;
                        client_body_temp_path body;
                        proxy_temp_path proxy;
                        fastcgi_temp_path fastcgi;
                        uwsgi_temp_path uwsgi;
                        scgi_temp_path scgi;
                        server {
                            listen 127.0.0.1:%d%s;
                            if (-f busy) { return 503; }
                            %s
                        }
                    }
                    """.formatted(port, http2 ? " http2" : "", server)
                    .replace("-f busy", "-f " + prefix.resolve("busy")));
            Process process = new ProcessBuilder(
                            program.toString(), "-p", prefix.toString(), "-e", "error.log", "-c", "nginx.conf")
                    .redirectErrorStream(true)
                    .redirectOutput(prefix.resolve("output").toFile())
                    .start();
            Nginx nginx = new Nginx(process, port, prefix);
            if (nginx.listens()) {
                return nginx;
            }
            nginx.close();
        }
        throw new IOException("nginx does not start");
    }

    private boolean listens() throws InterruptedException {
        for (int i = 0; i < 300 && process.isAlive(); i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
                return true;
            } catch (IOException notYet) {
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
        return false;
    }

    /** From now on all is answered with 503, until {@link #rest}. */
    Nginx busy() throws IOException {
        Files.createFile(directory.resolve("busy"));
        return this;
    }

    void rest() throws IOException {
        Files.delete(directory.resolve("busy"));
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
