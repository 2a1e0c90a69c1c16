// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.log.ConservedPipeTest;
import dev.weir.log.LogPipe;
import dev.weir.log.PipeInspector;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.logs.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A directory belongs to one process, and what is in it to one user. */
class DirectoryTest extends ConservedPipeTest {

    private static final int NOBODY = 65534;

    @TempDir
    Path elsewhere;

    /** What another process says about the directory. */
    private String asked(List<String> jvm, String... arguments) throws IOException, InterruptedException {
        Path output = elsewhere.resolve("output");
        Process process = Fork.start(output, Fork.command(jvm, DirectoryMain.class, arguments));
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output);
    }

    private String asked() throws IOException, InterruptedException {
        return asked(List.of(), directory.toString());
    }

    @Test
    void secondPipeInTheProcess_isRefused_andTheLockStays() throws Exception {
        open(StoreKind.FILE);

        try (LogPipe second = LogPipe.builder(directory).store(StoreKind.FILE).build()) {
            assertThat(second.store().kind()).isEqualTo(StoreKind.MEMORY);
            assertThat(second.store().reason()).contains("another pipe of this process");
        }

        assertThat(asked()).contains("STORE memory", "used by another process");
    }

    @Test
    void pipeOfAnotherClassLoader_isRefused_andTheLockStays() throws Exception {
        expectOpenLock();
        open(StoreKind.FILE);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        WovenLoader loader = new WovenLoader(Set.of());
        try {
            Thread.currentThread().setContextClassLoader(loader);
            loader.loadClass(DirectoryMain.class.getName())
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {directory.toString()});
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }

        assertThat(asked()).contains("STORE memory", "used by another process");
    }

    @Test
    void inspector_leavesTheLock() throws Exception {
        open(StoreKind.FILE);
        Files.createDirectories(directory.resolve("chronicle"));
        Files.createFile(directory.resolve("chronicle/19700101-05F.cq4"));

        PipeInspector.of(directory).verify();

        assertThat(asked()).contains("STORE memory", "used by another process");
    }

    @Test
    void closedPipe_leavesTheDirectoryToTheNext() throws Exception {
        open(StoreKind.FILE).close();

        assertThat(asked()).contains("STORE file");
    }

    @ParameterizedTest
    @EnumSource(names = {"FILE", "CHRONICLE"})
    void files_areTheirOwnersAlone(StoreKind kind) throws Exception {
        assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("posix"));
        LogPipe pipe = open(kind);
        pipe.offer(Severity.ERROR, "scope", "password=hunter2");
        pipe.flush().block();

        try (Stream<Path> all = Files.walk(directory)) {
            assertThat(all.filter(path -> !path.equals(directory)))
                    .isNotEmpty()
                    .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void lockThatIsALink_isNotFollowed() throws Exception {
        Path target = Files.writeString(elsewhere.resolve("precious"), "content");
        Files.createSymbolicLink(directory.resolve("pipe.lock"), target);

        LogPipe pipe = open(StoreKind.FILE);

        assertThat(pipe.store().kind()).isEqualTo(StoreKind.MEMORY);
        assertThat(target).hasContent("content");
        Files.delete(directory.resolve("pipe.lock"));
    }

    @Test
    void defaultDirectory_isMadeForItsOwner() throws Exception {
        assertThat(asked(List.of("-Djava.io.tmpdir=" + elsewhere))).contains("STORE file");

        Path parent = elsewhere.resolve("weir-" + System.getProperty("user.name"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(parent)))
                .isEqualTo("rwx------");
    }

    @Test
    void defaultDirectoryThatIsALink_isNotUsed() throws Exception {
        Files.createSymbolicLink(
                elsewhere.resolve("weir-" + System.getProperty("user.name")),
                Files.createDirectory(elsewhere.resolve("trap")));

        assertThat(asked(List.of("-Djava.io.tmpdir=" + elsewhere))).contains("STORE memory", "is a symbolic link");
        assertThat(elsewhere.resolve("trap")).isEmptyDirectory();
    }

    @Test
    void defaultDirectoryOfSomebodyElse_isNotUsed() throws Exception {
        Path squatted = Files.createDirectory(elsewhere.resolve("weir-" + System.getProperty("user.name")));
        assumeTrue(Fork.isRoot(), "only root can give a directory to somebody else");
        Files.setAttribute(squatted, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);

        assertThat(asked(List.of("-Djava.io.tmpdir=" + elsewhere))).contains("STORE memory", "belongs to another user");
        assertThat(squatted).isEmptyDirectory();
    }
}
