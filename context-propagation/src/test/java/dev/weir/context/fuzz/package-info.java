// SPDX-License-Identifier: Apache-2.0
/** Pipelines that nobody would write, generated from a seed. */
package dev.weir.context.fuzz;
