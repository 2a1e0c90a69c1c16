// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.Collection;

/**
 * Names the settings of a module, so that an unknown name can be refused. Found by {@link java.util.ServiceLoader}.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface SettingsProvider {

    /** {@return all settings of the module; the same objects at each call} */
    Collection<Setting<?>> settings();
}
