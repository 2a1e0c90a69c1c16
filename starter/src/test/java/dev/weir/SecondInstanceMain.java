// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An instance of a service, in the default directory: it logs {@code arguments[1]} and {@code waits}, {@code dies} or {@code ends}. */
public final class SecondInstanceMain {

    private static final Logger LOG = LoggerFactory.getLogger("shop");

    private SecondInstanceMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        Weir weir =
                Weir.builder().serviceName("shop").set("weir.banner", "false").start();
        System.out.println("in " + weir.logPipe().orElseThrow().store());
        LOG.info(arguments[1]);
        System.out.println("ready");
        switch (arguments[0]) {
            case "waits" -> new CountDownLatch(1).await();
            case "dies" -> Runtime.getRuntime().halt(1);
            default -> weir.close();
        }
    }
}
