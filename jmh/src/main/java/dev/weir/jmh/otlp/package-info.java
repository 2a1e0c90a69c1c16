/** The export beside the SDK's OTLP exporters. */
package dev.weir.jmh.otlp;
