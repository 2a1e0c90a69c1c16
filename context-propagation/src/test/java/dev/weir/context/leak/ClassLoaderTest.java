// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.leak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An application that is undeployed takes everything of ours with it, even from threads that live on. */
class ClassLoaderTest {

    @Test
    void loaderOfAnApplication_canBeCollectedAfterClose() throws Exception {
        WeakReference<ClassLoader> reference = new WeakReference<>(runApplication());

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            System.gc();
            assertThat(reference.get()).isNull();
        });
    }

    private static ClassLoader runApplication() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(new File(entry).toURI().toURL());
        }
        URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        Class<?> application = Class.forName(Application.class.getName(), true, loader);
        assertThat(application.getClassLoader()).isSameAs(loader);
        Object seen = application.getMethod("run").invoke(null);
        assertThat(seen).isEqualTo(3L);
        loader.close();
        return loader;
    }
}
