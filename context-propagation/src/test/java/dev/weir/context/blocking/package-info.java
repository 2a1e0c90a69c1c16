// SPDX-License-Identifier: Apache-2.0
/** No guard may block a thread that must not block. */
package dev.weir.context.blocking;
