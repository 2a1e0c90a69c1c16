// SPDX-License-Identifier: Apache-2.0
/** What the ring and the stores both need of files. */
@NullMarked
package dev.weir.log.internal.disk;

import org.jspecify.annotations.NullMarked;
