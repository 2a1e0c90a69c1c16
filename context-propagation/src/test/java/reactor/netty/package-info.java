// SPDX-License-Identifier: Apache-2.0
/** Classes of the tests that stand for those of reactor-netty, which the guards know by their package. */
package reactor.netty;
