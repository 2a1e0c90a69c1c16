// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

/**
 * Marks a publisher of Weir that runs each of its signals under the trace of its subscriber, and what is above it under the same or
 * under its own: no guard is needed around it.
 */
public interface KeepsTrace {}
