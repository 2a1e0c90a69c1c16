// SPDX-License-Identifier: Apache-2.0
/** What the adapters for Logback, Log4j and OpenTelemetry share. */
@NullMarked
package dev.weir.log.internal.capture;

import org.jspecify.annotations.NullMarked;
