// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Self-signed certificates in PEM files, made by this JVM's keytool. */
record TestKeys(Path key, Path certificate) {

    static TestKeys make(Path directory, String name, String algorithm, String... more) {
        try {
            Path store = directory.resolve(name + ".p12");
            Files.deleteIfExists(store);
            List<String> options = new ArrayList<>(List.of(
                    "-genkeypair",
                    "-alias",
                    "one",
                    "-keyalg",
                    algorithm,
                    "-dname",
                    "CN=" + name,
                    "-ext",
                    "san=dns:localhost,ip:127.0.0.1",
                    "-storetype",
                    "PKCS12"));
            options.addAll(List.of(more));
            keytool(directory, store, options);
            KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
            Key key = keys.getKey("one", "changeit".toCharArray());
            Path keyFile = directory.resolve(name + ".key");
            Path certificateFile = directory.resolve(name + ".pem");
            Files.writeString(keyFile, pem("PRIVATE KEY", key.getEncoded()));
            Files.writeString(
                    certificateFile,
                    pem("CERTIFICATE", keys.getCertificate("one").getEncoded()));
            return new TestKeys(keyFile, certificateFile);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate that {@code authority}, made with {@code -ext bc:c}, gave out ten days ago for one day. */
    static TestKeys expired(Path directory, String name, String authority) throws Exception {
        TestKeys own = make(directory, name, "EC");
        Path request = directory.resolve(name + ".csr");
        keytool(
                directory,
                directory.resolve(name + ".p12"),
                List.of("-certreq", "-alias", "one", "-file", request.toString()));
        Files.delete(own.certificate());
        keytool(
                directory,
                directory.resolve(authority + ".p12"),
                List.of(
                        "-gencert",
                        "-rfc",
                        "-alias",
                        "one",
                        "-infile",
                        request.toString(),
                        "-outfile",
                        own.certificate().toString(),
                        "-startdate",
                        "-10d",
                        "-validity",
                        "1",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1"));
        return own;
    }

    private static void keytool(Path directory, Path store, List<String> options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(options);
        command.addAll(List.of("-storepass", "changeit", "-keystore", store.toString()));
        Path output = directory.resolve("keytool.out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException(Files.readString(output));
        }
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + kind + "-----\n";
    }
}
