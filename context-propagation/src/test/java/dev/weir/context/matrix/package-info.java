/** Every way to build a pipeline that the propagation must get right, run under every condition of a process. */
package dev.weir.context.matrix;
