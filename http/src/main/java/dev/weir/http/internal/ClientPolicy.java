// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

/**
 * What only clients need to know. Immutable.
 *
 * @param urlTemplate whether the template of a URL names its span
 * @param headers the headers that become attributes
 */
public record ClientPolicy(boolean urlTemplate, HeaderCaptures headers) {}
