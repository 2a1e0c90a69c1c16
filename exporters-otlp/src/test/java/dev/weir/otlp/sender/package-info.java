/** Tests of the senders. */
package dev.weir.otlp.sender;
