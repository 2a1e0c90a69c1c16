/** Log4j 2 into the pipe: {@link dev.weir.log.log4j.Log4jCapture#install}. Needs log4j-core on the class path. */
@NullMarked
package dev.weir.log.log4j;

import org.jspecify.annotations.NullMarked;
