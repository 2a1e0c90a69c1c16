// SPDX-License-Identifier: Apache-2.0
/**
 * What tests of Weir and of applications that use it need: a clock that is moved by hand and the conservation check.
 *
 * <p>Depends on no test framework.
 */
@NullMarked
package dev.weir.core.testing;

import org.jspecify.annotations.NullMarked;
