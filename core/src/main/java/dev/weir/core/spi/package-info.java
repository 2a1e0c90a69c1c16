// SPDX-License-Identifier: Apache-2.0
/**
 * The small interfaces through which modules of Weir meet that do not know each other. An application may implement them; until
 * version 1.0 they may change in any minor version.
 */
@NullMarked
package dev.weir.core.spi;

import org.jspecify.annotations.NullMarked;
