// SPDX-License-Identifier: Apache-2.0
/** What must not be kept: requests by connections, contexts by threads, our class loader by anybody. */
package dev.weir.context.leak;
