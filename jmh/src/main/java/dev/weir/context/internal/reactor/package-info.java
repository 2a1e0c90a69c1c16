// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of package-private classes of context propagation, for which they must be in the same package. */
package dev.weir.context.internal.reactor;
