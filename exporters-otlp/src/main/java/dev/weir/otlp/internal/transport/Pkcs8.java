// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.io.ByteArrayOutputStream;
import java.security.spec.InvalidKeySpecException;

/**
 * Puts private keys of older forms into the envelope that the JDK reads: version 0, algorithm, octet string. Stateless.
 */
final class Pkcs8 {

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    /** The curve's place in an EC key. */
    private static final int PARAMETERS = 0xa0;

    private static final byte[] VERSION = {0x02, 0x01, 0x00};
    /** Object identifier rsaEncryption and the null that goes with it. */
    private static final byte[] RSA = {
        0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    /** Object identifier ecPublicKey. */
    private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private Pkcs8() {}

    /** Of {@code BEGIN RSA PRIVATE KEY}. */
    static byte[] ofRsa(byte[] pkcs1) {
        return envelope(RSA, pkcs1);
    }

    /**
     * Of {@code BEGIN EC PRIVATE KEY}.
     *
     * @throws InvalidKeySpecException when the key does not name its curve
     */
    static byte[] ofEc(byte[] sec1) throws InvalidKeySpecException {
        try {
            int[] at = {0};
            int end = enter(sec1, at, SEQUENCE);
            while (at[0] < end) {
                int tag = sec1[at[0]] & 0xff;
                int next = enter(sec1, at, tag);
                if (tag == PARAMETERS) {
                    ByteArrayOutputStream algorithm = new ByteArrayOutputStream();
                    algorithm.writeBytes(EC);
                    algorithm.write(sec1, at[0], next - at[0]);
                    return envelope(algorithm.toByteArray(), sec1);
                }
                at[0] = next;
            }
        } catch (IndexOutOfBoundsException e) {
            throw new InvalidKeySpecException("malformed EC key", e);
        }
        throw new InvalidKeySpecException("an EC key without the name of its curve; PKCS#8 (BEGIN PRIVATE KEY) has it");
    }

    /** Steps over the head of an element; {@code at[0]} is then its content. Returns where the content ends. */
    private static int enter(byte[] der, int[] at, int tag) throws InvalidKeySpecException {
        int position = at[0];
        if ((der[position++] & 0xff) != tag) {
            throw new InvalidKeySpecException("malformed EC key");
        }
        int length = der[position++] & 0xff;
        if (length > 0x80) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < Math.min(4, bytes); i++) {
                length = length << 8 | (der[position++] & 0xff);
            }
        }
        at[0] = position;
        if (length < 0 || length > der.length - position) {
            throw new InvalidKeySpecException("malformed EC key");
        }
        return position + length;
    }

    private static byte[] envelope(byte[] algorithm, byte[] key) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(VERSION);
        content.writeBytes(element(SEQUENCE, algorithm));
        content.writeBytes(element(OCTETS, key));
        return element(SEQUENCE, content.toByteArray());
    }

    private static byte[] element(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.length;
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >>> 8);
            out.write(length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }
}
