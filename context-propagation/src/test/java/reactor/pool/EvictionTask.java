// SPDX-License-Identifier: Apache-2.0
package reactor.pool;

/** Stands for the task that a connection pool runs for ever to evict idle connections. */
public final class EvictionTask implements Runnable {

    private final Runnable body;

    public EvictionTask(Runnable body) {
        this.body = body;
    }

    @Override
    public void run() {
        body.run();
    }
}
