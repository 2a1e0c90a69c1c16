// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import com.sun.management.OperatingSystemMXBean;
import dev.weir.Weir;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * The measured process of {@link StartUp}: a server of Reactor Netty that answers one request of a plain socket. Prints what the
 * process has used at the answer, and again for each line that it reads.
 */
public final class StartUpServer {

    private static final byte[] REQUEST =
            "GET /fast HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private StartUpServer() {}

    /** A mode of {@link StartUp} and the endpoint; runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        Quiet.logs();
        String mode = arguments[0];
        long before = system.getProcessCpuTime();
        HttpServer server = HttpServer.create().host("127.0.0.1").port(0);
        long started = before;
        if (mode.startsWith("weir")) {
            Weir weir = OfWeir.start(mode, arguments[1]);
            started = system.getProcessCpuTime();
            server = weir.instrument(server)
                    .route(weir.routes(routes -> routes.get("/fast", (req, res) -> res.sendString(Mono.just("fast")))));
        } else {
            server = server.route(routes -> routes.get("/fast", (req, res) -> res.sendString(Mono.just("fast"))));
        }
        DisposableServer bound = server.bindNow();
        ask(bound.port());
        if (mode.endsWith("line")) {
            LoggerFactory.getLogger("start").warn("the first line");
        }
        report(system, started - before);
        while (System.in.read() != -1) {
            report(system, started - before);
        }
        System.exit(0);
    }

    /** Loaded only where Weir is measured. */
    private static final class OfWeir {

        static Weir start(String mode, String endpoint) {
            Map<String, String> settings = mode.contains("nolog") ? Map.of("otel.logs.exporter", "none") : Map.of();
            var builder = Weir.builder().serviceName("start-up").endpoint(endpoint);
            settings.forEach(builder::set);
            return builder.start();
        }
    }

    private static void ask(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            OutputStream out = socket.getOutputStream();
            out.write(REQUEST);
            out.flush();
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            if (!answer.startsWith("HTTP/1.1 200") || !answer.contains("fast")) {
                throw new IOException("answered with " + answer);
            }
        }
    }

    private static void report(OperatingSystemMXBean system, long startNanos) throws IOException {
        long cpu = system.getProcessCpuTime();
        long classes = ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount();
        String resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", "");
        System.out.println("used " + cpu + ' ' + startNanos + ' ' + classes + ' ' + resident);
        System.out.flush();
    }
}
