// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;

/** How one kind of record is written into its {@code ScopeSpans}, {@code ScopeLogs} or {@code ScopeMetrics}. */
interface RecordWriter<T> {

    Resource resource(T item);

    InstrumentationScopeInfo scope(T item);

    /**
     * Writes the item as an entry of the repeated field 2.
     *
     * @return how many records it is: 1, or the number of data points of a metric
     */
    int write(T item, ProtoBuffer out);

    /** Releases the objects of the application. */
    default void release() {}
}
