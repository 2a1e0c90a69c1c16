// SPDX-License-Identifier: Apache-2.0
/** Pipelines through libraries that have threads and publishers of their own. */
package dev.weir.context.libraries;
