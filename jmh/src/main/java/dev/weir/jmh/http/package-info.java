// SPDX-License-Identifier: Apache-2.0
/**
 * The price of HTTP telemetry: {@link dev.weir.jmh.http.HttpMacro} for whole servers, {@link dev.weir.jmh.http.ExchangeTable} for one whole
 * exchange on one thread, and benchmarks of single steps beside it.
 */
package dev.weir.jmh.http;
