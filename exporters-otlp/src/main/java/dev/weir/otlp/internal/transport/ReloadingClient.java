// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.internal.ThrottledLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.netty.http.client.HttpClient;

/**
 * A client with TLS whose files may be replaced while it runs. New material is used for new connections only after all
 * of it was read and fits together; invalid material never replaces valid material. Thread-safe; {@link #check} is for
 * one thread that may touch the disk.
 */
public final class ReloadingClient implements Supplier<HttpClient> {

    private final TlsFiles files;
    private final Function<TlsMaterial, HttpClient> maker;
    private final ThrottledLog log;
    private final LongAdder reloads = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile HttpClient client;
    private byte[] fingerprint;

    /**
     * Reads the files for the first time.
     *
     * @throws IllegalArgumentException when one cannot be read or they do not fit together
     */
    public ReloadingClient(TlsFiles files, Function<TlsMaterial, HttpClient> maker, ThrottledLog log) {
        this.files = files;
        this.maker = maker;
        this.log = log;
        try {
            this.fingerprint = fingerprint();
            this.client = maker.apply(TlsMaterial.read(files));
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException("TLS files cannot be used: " + files + ": " + e.getMessage(), e);
        }
    }

    @Override
    public HttpClient get() {
        return client;
    }

    /** Checks whether the files have changed and uses them if they are valid. */
    public void check() {
        try {
            byte[] now = fingerprint();
            if (Arrays.equals(now, fingerprint)) {
                return;
            }
            client = maker.apply(TlsMaterial.read(files));
            fingerprint = now;
            reloads.increment();
            log.info("TLS files were replaced and are used for new connections: " + files);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            failures.increment();
            log.warn("TLS files changed but cannot be used, the old ones stay in use: " + files, e);
        }
    }

    /** How often new files were used. */
    public long reloads() {
        return reloads.sum();
    }

    /** How often new files were not valid. */
    public long failures() {
        return failures.sum();
    }

    private byte[] fingerprint() throws IOException, GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (Path file : files.present()) {
            digest.update(Files.readAllBytes(file));
            digest.update((byte) 0);
        }
        return digest.digest();
    }
}
