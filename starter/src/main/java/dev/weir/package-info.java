/**
 * Weir as one dependency and three lines: start at {@link dev.weir.Weir#start()}.
 *
 * <p>Puts the rooms together on top of OpenTelemetry's autoconfigured SDK. Never takes the application down: what cannot be
 * set up is switched off with one line that says why.
 */
@NullMarked
package dev.weir;

import org.jspecify.annotations.NullMarked;
