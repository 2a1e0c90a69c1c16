// SPDX-License-Identifier: Apache-2.0
/** A stand-in for Brave. */
package brave;
