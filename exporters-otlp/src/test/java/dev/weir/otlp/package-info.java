/** Tests of the export. */
package dev.weir.otlp;
