// SPDX-License-Identifier: Apache-2.0
/**
 * What the modules of Weir share and no application should use: it may change in any version. It stands below
 * {@link dev.weir.core} and knows nothing of it.
 */
@NullMarked
package dev.weir.core.internal;

import org.jspecify.annotations.NullMarked;
