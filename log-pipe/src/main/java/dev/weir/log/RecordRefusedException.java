// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/**
 * A record did not get into the pipe. Has no stack trace: it is an answer, not a fault.
 *
 * @since 0.1
 */
public final class RecordRefusedException extends RuntimeException {

    RecordRefusedException(String message) {
        super(message, null, false, false);
    }
}
