// SPDX-License-Identifier: Apache-2.0
/**
 * Trace propagation beside its peers. {@link dev.weir.jmh.context.CpuTimeMain} measures thread CPU time, which stays
 * comparable on a machine that others use too; the JMH classes measure the same shapes by the clock.
 */
package dev.weir.jmh.context;
