// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpResources;
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
        String socket = endpoint.getRawFragment();
        if (socket != null) {
            say(parts, settings, "unix://" + socket);
            return;
        }
        // Loops that this connection is the first to use outlive the application: not with the class loader of the thread that starts it.
        parts.runtime.threads().worker().execute(() -> tryOut(parts, settings, endpoint));
    }

    private static void tryOut(Weir.Parts parts, Settings settings, URI endpoint) {
        String address = endpoint.getScheme() + "://" + endpoint.getRawAuthority();
        TcpClient.newConnection()
                .runOn(HttpResources.get())
                .host(endpoint.getHost())
                .port(port(endpoint))
                .connect()
                .timeout(PATIENCE)
                .doOnNext(connection -> connection.dispose())
                .map(connection -> "answers")
                .onErrorResume(failure -> Mono.just("does not answer yet (" + failure.getMessage() + "), records wait"))
                .subscribe(answer -> say(parts, settings, address + " " + answer));
    }

    private static void say(Weir.Parts parts, Settings settings, String receiver) {
        parts.runtime.threads().worker().execute(() -> write(parts, settings, receiver));
    }

    private static void write(Weir.Parts parts, Settings settings, String receiver) {
        Logger log = System.getLogger(Weir.LOGGER);
        log.log(
                Level.INFO,
                "weir " + version() + " · service=" + parts.rooms.serviceName() + " (from "
                        + nameSource(parts, settings) + ") · Java "
                        + System.getProperty("java.version"));
        log.log(Level.INFO, "export  " + receiver);
        log.log(
                Level.INFO,
                "signals context=" + parts.propagation.status() + " · logs from " + parts.capture.framework()
                        + " · latencies in the process"
                        + (parts.rooms.joined() == null ? "" : " · joined " + parts.rooms.joined()));
        log.log(Level.INFO, "pipe    " + parts.rooms.pipe().store());
    }

    private static String nameSource(Weir.Parts parts, Settings settings) {
        boolean detected = settings.source(StarterSettings.SERVICE_NAME) == Settings.Source.DEFAULT
                && !parts.rooms.serviceName().startsWith("unknown_service");
        return detected ? "the resource" : settings.sourceName(StarterSettings.SERVICE_NAME);
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
