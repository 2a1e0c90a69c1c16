// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

/** Marks the publishers of Weir. */
interface Guard {}
