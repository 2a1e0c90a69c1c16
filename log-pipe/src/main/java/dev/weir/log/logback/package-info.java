/**
 * Logback into the pipe: {@link dev.weir.log.logback.LogbackCapture#install}. Needs logback-classic on the class path.
 */
@NullMarked
package dev.weir.log.logback;

import org.jspecify.annotations.NullMarked;
