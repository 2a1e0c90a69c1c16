// SPDX-License-Identifier: Apache-2.0
/** What the modules share about Logback; needs logback-classic on the class path. {@link dev.weir.core.internal.logback.MdcOverlay}. */
@NullMarked
package dev.weir.core.internal.logback;

import org.jspecify.annotations.NullMarked;
