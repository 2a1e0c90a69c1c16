/** The paths that an event loop can take, watched by BlockHound. */
package dev.weir.otlp.blocking;
