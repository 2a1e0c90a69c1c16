// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.internal.UrlRedactor;
import dev.weir.core.internal.WeirVersion;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * Says once, in four lines, what was set up: the service, the receiver and whether it answers, the signals, the store. A fifth one
 * names other telemetry of the process.
 *
 * <p>The receiver is tried in the background, so that a start does not wait for it.
 */
final class StartBlock {

    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private StartBlock() {}

    /** @param beside what else is in this process; empty when there is nothing to say */
    static void print(Installation installation, Settings settings, String beside) {
        URI endpoint = installation.export().endpoints(Signal.TRACES).get(0);
        String socket = endpoint.getRawFragment();
        if (socket != null) {
            say(installation, settings, beside, "unix://" + socket);
            return;
        }
        String address = UrlRedactor.standard().url(endpoint.toString());
        // TLS is not tried here: what takes a connection may still refuse to talk.
        String reached = "https".equals(endpoint.getScheme()) ? "accepts connections" : "answers";
        installation
                .export()
                .reach(Signal.TRACES, PATIENCE)
                .thenReturn(reached)
                .onErrorResume(failure -> Mono.just("does not answer yet (" + failure.getMessage() + "), records wait"))
                .subscribe(answer -> say(installation, settings, beside, address + " " + answer));
    }

    private static void say(Installation installation, Settings settings, String beside, String receiver) {
        installation.runtime().threads().worker().execute(() -> write(installation, settings, beside, receiver));
    }

    private static void write(Installation installation, Settings settings, String beside, String receiver) {
        Logger log = System.getLogger(Weir.LOGGER);
        log.log(
                Level.INFO,
                "weir " + WeirVersion.or("(from classes)") + " · service="
                        + installation.facts().serviceName() + " (from "
                        + nameSource(installation, settings) + ") · Java "
                        + System.getProperty("java.version"));
        log.log(Level.INFO, "export  " + receiver);
        log.log(
                Level.INFO,
                "signals context=" + installation.propagation().status() + " · logs from "
                        + installation.facts().logFramework()
                        + " · latencies in the process"
                        + (installation.facts().joined() == null
                                ? ""
                                : " · joined " + installation.facts().joined()));
        log.log(Level.INFO, "pipe    " + installation.pipe().store());
        if (!beside.isEmpty()) {
            log.log(Level.INFO, "beside  " + beside);
        }
    }

    private static String nameSource(Installation installation, Settings settings) {
        String name = installation.facts().serviceName();
        boolean detected = !name.equals(settings.find(StarterSettings.SERVICE_NAME)) && ServiceName.isKnown(name);
        return detected ? "the resource" : settings.sourceName(StarterSettings.SERVICE_NAME);
    }
}
