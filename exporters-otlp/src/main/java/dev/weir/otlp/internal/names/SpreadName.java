// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.names;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One name whose addresses are receivers of equal worth, each in a slot that it keeps for as long as the name has it.
 * While none is known, the first slot stands for the name itself. Owned by the worker; {@link #address} may be called
 * by any thread.
 */
public final class SpreadName {

    /** More addresses of one name are not used. */
    public static final int SLOTS = 8;

    private final String host;
    private final int port;
    private volatile @Nullable InetSocketAddress[] slots = new @Nullable InetSocketAddress[SLOTS];
    private final List<ObjIntConsumer<@Nullable String>> listeners = new ArrayList<>();

    SpreadName(String host, int port) {
        this.host = host;
        this.port = port;
    }

    String host() {
        return host;
    }

    /** Where slot {@code index} is; null for the name itself. */
    @Nullable
    public InetSocketAddress address(int index) {
        return slots[index];
    }

    /**
     * Calls {@code slot} now and after each change with the address of each slot, for messages: empty for the name
     * itself, null for an unused slot.
     */
    public void listen(ObjIntConsumer<@Nullable String> slot) {
        listeners.add(slot);
        report(slot);
    }

    /** The addresses of the name were looked up. */
    void found(List<InetAddress> addresses) {
        List<InetAddress> wanted =
                new ArrayList<>(addresses.stream().distinct().limit(SLOTS).toList());
        if (wanted.isEmpty()) {
            return;
        }
        @Nullable InetSocketAddress[] next = Arrays.copyOf(slots, SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            InetSocketAddress now = next[i];
            if (now != null && !wanted.remove(now.getAddress())) {
                next[i] = null;
            }
        }
        for (int i = 0; i < SLOTS && !wanted.isEmpty(); i++) {
            if (next[i] == null) {
                next[i] = new InetSocketAddress(named(wanted.remove(0)), port);
            }
        }
        slots = next;
        listeners.forEach(this::report);
    }

    /** With the name, so that certificates and virtual hosts are looked up by it. */
    private InetAddress named(InetAddress address) {
        try {
            return InetAddress.getByAddress(host, address.getAddress());
        } catch (UnknownHostException impossible) {
            return address;
        }
    }

    private void report(ObjIntConsumer<@Nullable String> listener) {
        @Nullable InetSocketAddress[] now = slots;
        boolean known = false;
        for (InetSocketAddress slot : now) {
            known |= slot != null;
        }
        for (int i = 0; i < SLOTS; i++) {
            InetSocketAddress slot = now[i];
            if (slot != null) {
                listener.accept(slot.getAddress().getHostAddress(), i);
            } else {
                listener.accept(known || i > 0 ? null : "", i);
            }
        }
    }
}
