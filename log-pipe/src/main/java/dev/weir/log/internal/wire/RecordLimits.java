// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

/**
 * How much of a record is kept; the rest is cut. All in bytes of UTF-8, except where another unit is named.
 *
 * @param record the whole encoded record
 * @param body the message
 * @param attributes how many attributes
 * @param key the name of an attribute
 * @param value the value of an attribute
 * @param valueChars how many characters of each text in an attribute, and how many bytes of what is no text
 * @param stackTrace the text of a stack trace
 * @param stackFrames how many frames of each exception in it
 */
public record RecordLimits(
        int record, int body, int attributes, int key, int value, int valueChars, int stackTrace, int stackFrames) {

    public static final RecordLimits DEFAULT =
            new RecordLimits(32 << 10, 16 << 10, 32, 128, 4 << 10, Integer.MAX_VALUE, 16 << 10, 64);
}
