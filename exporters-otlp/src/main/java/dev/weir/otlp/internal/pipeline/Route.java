// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.otlp.internal.transport.SendResult;
import dev.weir.otlp.internal.transport.Transport;
import java.util.List;

/**
 * One signal's way to a {@link Destination}: a transport to each of its addresses, and what only this signal was
 * refused. All that the pipeline of the signal knows of the destination. Owned by the worker; a method that any thread
 * may call is marked.
 */
public final class Route {

    private final Destination destination;
    private final Signal signal;
    private final String url;
    private final Transport[] transports;
    /** Whether this signal gets through. */
    private final Gate gate;

    /**
     * Before the worker uses the destination.
     *
     * @param url for messages
     * @param transports one to each address of the destination
     * @param pump starts the requests that may start
     */
    Route(Destination destination, SignalLedger account, String url, List<Transport> transports, Runnable pump) {
        this.destination = destination;
        this.signal = account.signal();
        this.url = url;
        this.transports = transports.toArray(Transport[]::new);
        this.gate = destination.add(account, pump);
    }

    /** For messages. */
    String url() {
        return url;
    }

    Signal signal() {
        return signal;
    }

    /** What may be wrong when nothing gets through, for messages; empty when nothing looks wrong. */
    String hint() {
        return destination.hint();
    }

    /**
     * Takes the right to start one request.
     *
     * @return the index of the address to use, or -1 when no request may start now
     */
    int tryAcquire() {
        return destination.tryAcquire(gate);
    }

    /** The transport to the address at {@code endpoint}. */
    Transport transport(int endpoint) {
        return transports[endpoint];
    }

    /** An attempt had no answer within its timeout; after some in a row the connection is closed, too. */
    void timedOut(int endpoint) {
        if (destination.timedOut(endpoint)) {
            transports[endpoint].abandonConnection();
        }
    }

    /** Returns the right and learns from the result of the attempt. */
    void finished(int endpoint, SendResult result, long roundTripNanos, int bytes) {
        destination.finished(gate, endpoint, result, roundTripNanos, bytes);
    }

    /** Logs that something cannot be delivered: one line for all signals, or one for this signal if it is refused. */
    void warn(SendResult result) {
        if (result.outcome() == SendResult.Outcome.UNREACHABLE) {
            destination.warnUnreachable(result);
        } else {
            destination.warn(gate.log(), url + " refuses " + signal.label(), result);
        }
    }

    /** A close has begun: pauses that the receiver did not ask for end now, and later ones are short. */
    void press() {
        destination.press();
    }

    /** Any thread. */
    public DestinationState state() {
        DestinationState all = destination.state();
        return all != DestinationState.UP ? all : gate.state();
    }

    /** Whether new batches should not wait for the destination in memory. */
    boolean isDown() {
        return destination.state() == DestinationState.DOWN || gate.state() == DestinationState.DOWN;
    }

    /** Why the last request of the signal failed, or one of another signal that got no answer. Any thread. */
    public String lastFailure() {
        return gate.lastFailure();
    }

    /** How long the receiver asked this signal to pause, in all. Any thread. */
    public long throttledNanos() {
        return gate.throttledNanos();
    }

    /** How long bodies may be at the destination. */
    public SizeLimit sizes() {
        return destination.sizes();
    }

    /** Whether no more requests may start although the destination answers. */
    public boolean isSaturated() {
        return destination.isSaturated();
    }

    /** Whether the destination answers late although little is in flight. */
    public boolean isSlow() {
        return destination.isSlow();
    }

    /** Requests of all signals that may be in flight at once. Any thread. */
    public int limit() {
        return destination.limit();
    }

    /** The addresses of the destination, for messages. Any thread. */
    public String addresses() {
        return destination.addresses();
    }
}
