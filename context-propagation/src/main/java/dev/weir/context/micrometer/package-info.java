/** Lets Micrometer's context-propagation, and with it Reactor's automatic mode, carry the trace like its own values. */
@NullMarked
package dev.weir.context.micrometer;

import org.jspecify.annotations.NullMarked;
