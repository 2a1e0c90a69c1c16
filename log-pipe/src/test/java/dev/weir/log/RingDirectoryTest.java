// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.opentelemetry.api.logs.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ring's file on another file system than the store. */
class RingDirectoryTest {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @TempDir
    Path directory;

    private static List<Path> rings(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.toList();
        }
    }

    @Test
    void ringInSharedMemory_isFoundByTheNextRun_andEndsWithIt() throws Exception {
        assumeTrue(Files.isWritable(SHARED_MEMORY), "there is no " + SHARED_MEMORY);
        Path rings = Files.createTempDirectory(SHARED_MEMORY, "weir-test");
        try {
            LogPipe full = LogPipe.builder(directory)
                    .store(StoreKind.FILE)
                    .ringDirectory(rings)
                    .minFreeBytes(0)
                    .storeWrapper(store -> {
                        FaultyStore faulty = new FaultyStore(store);
                        faulty.failing = FaultyStore.ENOSPC;
                        return faulty;
                    })
                    .build();
            assertThat(rings(rings)).hasSize(1);
            assertThat(rings(directory)).noneMatch(file -> file.toString().endsWith(".dat"));
            for (int i = 0; i < 100; i++) {
                assertThat(full.offer(Severity.INFO, "scope", "record " + i)).isTrue();
            }
            assertThat(full.close(Patience.LIMIT).stored()).isEqualTo(100);
            assertThat(rings(rings)).as("what no store has taken stays").hasSize(1);

            // Another pipe's ring in the same place is none of its business.
            try (LogPipe other = LogPipe.builder(directory.resolve("other"))
                    .store(StoreKind.FILE)
                    .ringDirectory(rings)
                    .minFreeBytes(0)
                    .build()) {
                other.flush().block(Patience.LIMIT);
                assertThat(other.held()).isZero();
            }
            LogPipe next = LogPipe.builder(directory)
                    .store(StoreKind.FILE)
                    .ringDirectory(rings)
                    .minFreeBytes(0)
                    .build();
            Received received = Received.from(next);
            await().until(() -> received.lines.size() == 100 && next.held() == 0);
            next.close(Patience.LIMIT);
            assertThat(rings(rings)).isEmpty();
        } finally {
            for (Path ring : rings(rings)) {
                Files.delete(ring);
            }
            Files.delete(rings);
        }
    }

    @Test
    void ringDirectoryThatCannotBeUsed_givesAPipeInMemory() {
        try (LogPipe pipe = LogPipe.builder(directory)
                .store(StoreKind.FILE)
                .ringDirectory(directory.resolve("missing"))
                .minFreeBytes(0)
                .build()) {
            assertThat(pipe.store().kind()).isEqualTo(StoreKind.MEMORY);
            assertThat(pipe.store().reason()).contains("missing");
            assertThat(pipe.offer(Severity.INFO, "scope", "body")).isTrue();
        }
    }
}
