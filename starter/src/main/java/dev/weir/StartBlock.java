// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;

/**
 * Says once, in four lines, what was set up: the service, the receiver and whether it answers, the signals, the store.
 *
 * <p>The receiver is tried in the background, so that a start does not wait for it.
 */
final class StartBlock {

    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private StartBlock() {}

    static void print(Weir.Parts parts, Settings settings) {
        URI endpoint = parts.rooms.export().endpoints(Signal.TRACES).get(0);
        TcpClient.newConnection()
                .host(endpoint.getHost())
                .port(port(endpoint))
                .connect()
                .timeout(PATIENCE)
                .doOnNext(connection -> connection.dispose())
                .map(connection -> "answers")
                .onErrorResume(failure -> Mono.just("does not answer yet (" + failure.getMessage() + "), records wait"))
                .subscribe(answer ->
                        parts.runtime.threads().worker().execute(() -> write(parts, settings, endpoint, answer)));
    }

    private static void write(Weir.Parts parts, Settings settings, URI endpoint, String answer) {
        Logger log = System.getLogger(Weir.LOGGER);
        log.log(
                Level.INFO,
                "weir " + version() + " · service=" + parts.rooms.serviceName() + " (from "
                        + settings.sourceName(StarterSettings.SERVICE_NAME) + ") · Java "
                        + System.getProperty("java.version"));
        log.log(Level.INFO, "export  " + endpoint.getScheme() + "://" + endpoint.getAuthority() + " " + answer);
        log.log(
                Level.INFO,
                "signals context=" + parts.propagation.status() + " · logs from " + parts.capture.framework()
                        + " · latencies in the process"
                        + (parts.rooms.joined() == null ? "" : " · joined " + parts.rooms.joined()));
        log.log(Level.INFO, "pipe    " + parts.rooms.pipe().store());
    }

    private static int port(URI endpoint) {
        if (endpoint.getPort() >= 0) {
            return endpoint.getPort();
        }
        return "https".equals(endpoint.getScheme()) ? 443 : 80;
    }

    private static String version() {
        String version = Weir.class.getPackage().getImplementationVersion();
        return version == null ? "(from classes)" : version;
    }
}
