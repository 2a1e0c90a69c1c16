// SPDX-License-Identifier: Apache-2.0
/** What changes a whole JVM, and so gets one of its own: BlockHound, and the OpenTelemetry javaagent. */
package dev.weir.http.forked;
