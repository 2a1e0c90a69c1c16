// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Signal;
import dev.weir.core.spi.Choices;
import dev.weir.core.spi.SignalTap;
import dev.weir.core.spi.Spool;
import dev.weir.otlp.internal.config.SignalConfig;
import dev.weir.otlp.internal.config.SignalMap;
import dev.weir.otlp.internal.config.SignalTuning;
import dev.weir.otlp.internal.names.NameResolver;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * The checked configuration of one export: what {@link OtlpExportBuilder#build()} made of the program's values and the
 * settings. Immutable.
 *
 * @param values of the settings that hold for all signals
 * @param spool null for none
 * @param closeAfter signals whose shutdown by the SDK closes the export; null when the program closes it
 * @param loops null for one loop of its own
 * @param resolver of the names in endpoints; null for the one of the machine
 */
record ExportConfig(
        Choices.Values values,
        SignalMap<SignalConfig> signals,
        SignalMap<SignalTuning> tunings,
        Durability durability,
        @Nullable Spool spool,
        @Nullable HeaderSource headerSource,
        List<SignalTap> taps,
        @Nullable Set<Signal> closeAfter,
        @Nullable LoopResources loops,
        @Nullable NameResolver resolver,
        ByteBufAllocator allocator) {

    ExportConfig {
        taps = List.copyOf(taps);
        closeAfter = closeAfter == null ? null : Set.copyOf(closeAfter);
        requireSpreadAllowed(values);
    }

    private static void requireSpreadAllowed(Choices.Values values) {
        if (values.get(OtlpSettings.DNS_SPREAD) && values.find(OtlpSettings.PROXY) != null) {
            throw new IllegalStateException(OtlpSettings.DNS_SPREAD.name() + " is \"true\", allowed with "
                    + OtlpSettings.PROXY.name() + ": false, because the proxy finds the addresses");
        }
    }

    /**
     * Where batches wait. Without a spool the default is memory.
     *
     * @throws IllegalStateException when the durability needs a spool and there is none
     */
    static Durability durability(Choices.Values values, @Nullable Spool spool) {
        Setting<Durability> setting = OtlpSettings.DURABILITY;
        Durability wanted = values.get(setting);
        if (spool != null || wanted == Durability.MEMORY) {
            return wanted;
        }
        if (values.isSet(setting)) {
            throw new IllegalStateException(setting.name() + " is \""
                    + wanted.name().toLowerCase(Locale.ROOT) + "\" (from " + values.sourceName(setting)
                    + "), which needs a spool; allowed without one: memory");
        }
        return Durability.MEMORY;
    }

    /**
     * How long the worker may rest: a record waits at most half of the linger before the worker sees it, and half
     * after.
     */
    Duration rest() {
        Duration shortest = OtlpSettings.LONGEST_REST;
        for (SignalTuning tuning : tunings.values()) {
            if (tuning.linger().compareTo(shortest) < 0) {
                shortest = tuning.linger();
            }
        }
        return shortest.dividedBy(2);
    }
}
