// SPDX-License-Identifier: Apache-2.0
/** Classes of the tests that stand for those of reactor-pool, which the guards know by their package. */
package reactor.pool;
