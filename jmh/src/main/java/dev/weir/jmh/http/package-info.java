// SPDX-License-Identifier: Apache-2.0
/** The price of HTTP telemetry: {@link dev.weir.jmh.http.HttpMacro} for whole servers, benchmarks of one exchange beside it. */
package dev.weir.jmh.http;
