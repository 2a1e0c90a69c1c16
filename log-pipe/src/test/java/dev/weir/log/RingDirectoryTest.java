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
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/** The ring's file on another file system than the store. */
class RingDirectoryTest extends ConservedPipeTest {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private static final class InSharedMemory implements TempDirFactory {

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test) throws IOException {
            return hasSharedMemory()
                    ? Files.createTempDirectory(SHARED_MEMORY, "weir-test")
                    : Files.createTempDirectory("weir-test");
        }
    }

    @TempDir(factory = InSharedMemory.class)
    Path rings;

    private static boolean hasSharedMemory() {
        return Files.isWritable(SHARED_MEMORY);
    }

    private static List<Path> files(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.toList();
        }
    }

    @Test
    void ringInSharedMemory_isFoundByTheNextRun_andEndsWithIt() throws Exception {
        assumeTrue(hasSharedMemory(), "there is no " + SHARED_MEMORY);
        LogPipe full = open(
                builder -> builder.store(StoreKind.FILE).ringDirectory(rings).storeWrapper(store -> {
                    FaultyStore faulty = new FaultyStore(store);
                    faulty.failing = FaultyStore.ENOSPC;
                    return faulty;
                }));
        assertThat(files(rings)).hasSize(1);
        assertThat(files(directory)).noneMatch(file -> file.toString().endsWith(".dat"));
        for (int i = 0; i < 100; i++) {
            assertThat(full.offer(Severity.INFO, "scope", "record " + i)).isTrue();
        }
        assertThat(full.close(Patience.LIMIT).stored()).isEqualTo(100);
        assertThat(files(rings)).as("what no store has taken stays").hasSize(1);

        restart();
        // Another pipe's ring in the same place is none of its business.
        LogPipe other = open(
                directory.resolve("other"),
                builder -> builder.store(StoreKind.FILE).ringDirectory(rings));
        other.flush().block(Patience.LIMIT);
        assertThat(other.held()).isZero();
        other.close(Patience.LIMIT);
        LogPipe next = open(builder -> builder.store(StoreKind.FILE).ringDirectory(rings));
        Received received = receive();
        await().until(() -> received.lines.size() == 100 && next.held() == 0);
        next.close(Patience.LIMIT);
        assertThat(files(rings)).isEmpty();
    }

    @Test
    void ringDirectoryThatCannotBeUsed_leavesTheRingInMemory() {
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).ringDirectory(directory.resolve("missing")));
        assertThat(pipe.offer(Severity.INFO, "scope", "body")).isTrue();
        pipe.flush().block(Patience.LIMIT);
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.FILE);
    }
}
