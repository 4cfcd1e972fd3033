package io.millrace.standalone.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/// A line that tells how far each stage is, kept up to date in place on a terminal and now and then elsewhere.
final class Progress implements AutoCloseable {
    private static final Duration ON_A_TERMINAL = Duration.ofMillis(200);
    private static final Duration ELSEWHERE = Duration.ofSeconds(2);

    private final PrintStream out;
    private final Supplier<String> line;
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();
    private final Thread thread;
    private Instant due = Instant.now();

    Progress(PrintStream out, Supplier<String> line) {
        this.out = out;
        this.line = line;
        this.thread = Thread.ofVirtual().start(this::run);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(ON_A_TERMINAL);
                if (terminal) out.print("\r" + line.get() + "\u001b[K");
                else if (Instant.now().isAfter(due)) {
                    out.println(line.get());
                    due = Instant.now().plus(ELSEWHERE);
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        thread.join();
        if (terminal) out.print("\r\u001b[K");
        out.println(line.get());
    }
}
