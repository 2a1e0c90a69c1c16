// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

/**
 * The mark of an autoconfigured SDK that the starter makes. A module that registers itself with such an SDK leaves this one alone:
 * the starter has connected it already. No setting for users. Stateless.
 */
public final class ManagedSdk {

    /** A property of the SDK; {@code true} in one that the starter makes. */
    public static final String PROPERTY = "weir.managed";

    private ManagedSdk() {}
}
