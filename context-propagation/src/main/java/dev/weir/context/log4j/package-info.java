// SPDX-License-Identifier: Apache-2.0
/** The fields of the trace in the lines of Log4j. Having the jar is enough: Log4j finds the provider as a service. */
@NullMarked
package dev.weir.context.log4j;

import org.jspecify.annotations.NullMarked;
