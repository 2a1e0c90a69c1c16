// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.ContextStorageProvider;

/** Found by OpenTelemetry as a service: makes the slot the storage of {@code Context.current()}. */
public final class SlotStorageProvider implements ContextStorageProvider {

    @Override
    public ContextStorage get() {
        return SlotStorage.INSTANCE;
    }
}
