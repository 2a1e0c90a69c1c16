// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@link TlsFiles} contained when they were read, checked to fit together. Immutable. */
public final class TlsMaterial {

    /** Nothing but what the JVM trusts. */
    public static final TlsMaterial NONE = new TlsMaterial(null, null, null);

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN (RSA |EC )?PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END");

    /** A file may have a key, comments and more beside its certificates. */
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN (?:X509 )?CERTIFICATE-----([A-Za-z0-9+/=\\s]+)-----END");

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----");

    private final X509Certificate @Nullable [] trusted;
    private final @Nullable PrivateKey key;
    private final X509Certificate @Nullable [] certificates;

    private TlsMaterial(
            X509Certificate @Nullable [] trusted, @Nullable PrivateKey key, X509Certificate @Nullable [] certificates) {
        this.trusted = trusted;
        this.key = key;
        this.certificates = certificates;
    }

    static TlsMaterial read(TlsFiles files) throws IOException, GeneralSecurityException {
        Path keyFile = files.key();
        Path certificateFile = files.certificates();
        PrivateKey key = keyFile == null ? null : key(keyFile);
        X509Certificate[] certificates = certificateFile == null ? null : certificates(certificateFile);
        if (key != null && certificates != null) {
            requireSamePair(key, certificates);
        }
        Path trustedFile = files.trusted();
        return new TlsMaterial(trustedFile == null ? null : certificates(trustedFile), key, certificates);
    }

    /** Puts the material into a client's context. */
    void configure(SslContextBuilder builder) {
        builder.protocols("TLSv1.3", "TLSv1.2");
        if (trusted != null) {
            builder.trustManager(trusted);
        }
        if (key != null && certificates != null) {
            builder.keyManager(key, certificates);
        }
    }

    private static X509Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        byte[] content = Files.readAllBytes(file);
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        String text = new String(content, StandardCharsets.ISO_8859_1);
        List<X509Certificate> found = new ArrayList<>();
        Matcher matcher = CERTIFICATE.matcher(text);
        while (matcher.find()) {
            byte[] der = Base64.getMimeDecoder().decode(matcher.group(1));
            try {
                found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
            } catch (GeneralSecurityException e) {
                throw new GeneralSecurityException(
                        "certificate " + (found.size() + 1) + " in " + file + " cannot be read: " + e.getMessage(), e);
            }
        }
        List<String> blocks = blocks(text);
        if (blocks.isEmpty() || blocks.contains("PKCS7")) {
            factory.generateCertificates(new ByteArrayInputStream(content))
                    .forEach(each -> found.add((X509Certificate) each));
        }
        if (found.isEmpty()) {
            throw new GeneralSecurityException("no certificate in " + file + content(blocks));
        }
        return found.toArray(X509Certificate[]::new);
    }

    private static List<String> blocks(String pem) {
        return BLOCK.matcher(pem).results().map(block -> block.group(1)).toList();
    }

    private static String content(List<String> blocks) {
        return blocks.isEmpty() ? "" : ", which has: " + String.join(", ", blocks);
    }

    private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        String pem = Files.readString(file, StandardCharsets.ISO_8859_1);
        Matcher matcher = KEY.matcher(pem);
        if (!matcher.find()) {
            throw new GeneralSecurityException("no unencrypted private key in " + file + content(blocks(pem)));
        }
        byte[] der = Base64.getMimeDecoder().decode(matcher.group(2));
        String kind = matcher.group(1) == null ? "" : matcher.group(1);
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(
                switch (kind) {
                    case "RSA " -> Pkcs8.ofRsa(der);
                    case "EC " -> Pkcs8.ofEc(der);
                    default -> der;
                });
        GeneralSecurityException last = new InvalidKeySpecException("unknown kind of key");
        for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (GeneralSecurityException e) {
                last = e;
            }
        }
        throw last;
    }

    private static void requireSamePair(PrivateKey key, X509Certificate[] certificates)
            throws GeneralSecurityException {
        for (int i = 0; i < certificates.length; i++) {
            if (!isPair(key, certificates[i].getPublicKey())) {
                continue;
            }
            if (i > 0) {
                throw new GeneralSecurityException("the private key belongs to certificate " + (i + 1)
                        + " of the client's certificates, which must be the first");
            }
            return;
        }
        throw new GeneralSecurityException("the private key does not belong to the certificate");
    }

    private static boolean isPair(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] sample = {1, 2, 3};
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(sample);
        byte[] signature = signer.sign();
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(publicKey);
            verifier.update(sample);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
