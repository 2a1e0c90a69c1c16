/**
 * Durable bytes: {@link dev.weir.log.internal.store.LogStore} keeps segments of entries,
 * {@link dev.weir.log.internal.store.Journal} bounds them, recovers them and hands them out. Everything here belongs to
 * one thread, the disk's.
 */
@NullMarked
package dev.weir.log.internal.store;

import org.jspecify.annotations.NullMarked;
