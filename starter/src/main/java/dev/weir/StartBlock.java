// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import reactor.core.publisher.Mono;

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
        String address = endpoint.getScheme() + "://" + endpoint.getRawAuthority();
        parts.rooms
                .export()
                .reach(Signal.TRACES, PATIENCE)
                .thenReturn("answers")
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

    private static String version() {
        String version = Weir.class.getPackage().getImplementationVersion();
        return version == null ? "(from classes)" : version;
    }
}
