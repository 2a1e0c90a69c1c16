// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.Collection;

/**
 * Names the settings of a room, so that a name that nobody knows can be refused. Found by {@link java.util.ServiceLoader}.
 */
@FunctionalInterface
public interface SettingsProvider {

    Collection<Setting<?>> settings();
}
