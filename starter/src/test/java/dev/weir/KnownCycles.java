// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.util.Map;
import java.util.Set;

/** The cycles between classes of one package that are meant, each with its reason. */
final class KnownCycles {

    static final Map<Set<String>, String> REASONS = Map.of();

    private KnownCycles() {}
}
