// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.log.LogPipe;
import dev.weir.log.LogPipeBuilder;
import dev.weir.log.StoreKind;
import java.nio.file.Path;

/** Opens a pipe in the directory of its argument, or in the default one, and says what it works with. */
public final class DirectoryMain {

    private DirectoryMain() {}

    public static void main(String[] arguments) {
        LogPipeBuilder builder = arguments.length == 0 ? LogPipe.builder() : LogPipe.builder(Path.of(arguments[0]));
        try (LogPipe pipe = builder.store(StoreKind.FILE).minFreeBytes(0).build()) {
            pipe.flush().block();
            System.out.println("STORE " + pipe.store());
        }
    }
}
