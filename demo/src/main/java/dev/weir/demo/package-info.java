/**
 * A small shop of two Reactor Netty services that shows what Weir gives: one request as a trace, its log lines and its
 * percentiles. Start at {@link dev.weir.demo.ShopDemo}.
 */
@NullMarked
package dev.weir.demo;

import org.jspecify.annotations.NullMarked;
