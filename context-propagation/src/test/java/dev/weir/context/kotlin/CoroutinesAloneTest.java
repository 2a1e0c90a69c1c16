// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The element without kotlinx-coroutines-reactor on the class path. */
class CoroutinesAloneTest {

    @Test
    void element_withCoroutinesCoreAlone_works() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("kotlinx-coroutines-reacti") && !entry.contains("kotlinx-coroutines-reactor")) {
                urls.add(new File(entry).toURI().toURL());
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            assertThatThrownBy(() -> loader.loadClass("kotlinx.coroutines.reactor.ReactorContext"))
                    .isInstanceOf(ClassNotFoundException.class);

            Object seen = loader.loadClass(CoroutinesAloneMain.class.getName())
                    .getMethod("run")
                    .invoke(null);

            assertThat(seen).isEqualTo(List.of(2L, 0L));
        }
    }
}
