// SPDX-License-Identifier: Apache-2.0
/** Every operator of Reactor that reflection finds, over every kind of source, under every condition of a process. */
package dev.weir.context.operators;
