// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/**
 * The figures of a pipe at one time. Immutable.
 *
 * @param records inside and not settled
 * @param ringBytes of the ring in use
 * @param ringCapacity of the ring
 * @param storeBytes real bytes of the store
 * @param damaged places in the stores and in rings that were not whole
 * @param dropped records lost since the start, for any reason
 * @since 0.1
 */
public record PipeStats(long records, long ringBytes, long ringCapacity, long storeBytes, long damaged, long dropped) {}
