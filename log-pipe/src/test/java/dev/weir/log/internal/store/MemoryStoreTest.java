// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.nio.file.Path;

class MemoryStoreTest extends LogStoreContract {

    @Override
    LogStore open(Path directory) {
        return new MemoryStore();
    }
}
