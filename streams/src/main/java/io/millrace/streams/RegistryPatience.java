package io.millrace.streams;

import io.millrace.registry.RegistryUnavailableException;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waits in place for a schema registry that does not answer: an outage says nothing about the record at hand, so
/// the record is neither refused nor skipped.
///
/// When the patience is used up the task fails, its transaction is aborted, and the record is read again. The limit
/// must stay below the transaction's and the poll's, or the broker takes the task away first.
public final class RegistryPatience {
    private static final Logger log = LoggerFactory.getLogger(RegistryPatience.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Duration upTo;

    public RegistryPatience(Duration upTo) {
        this.upTo = upTo;
    }

    /// What the question answers, asked again until a registry does.
    ///
    /// @throws RegistryUnavailableException once the patience is used up, or when interrupted
    public <T> T ask(Supplier<T> question) {
        var deadline = System.nanoTime() + upTo.toNanos();
        var pause = FIRST_PAUSE;
        while (true) {
            try {
                return question.get();
            } catch (RegistryUnavailableException e) {
                if (System.nanoTime() + pause.toNanos() > deadline) throw e;
                log.warn("Waiting for the schema registry: {}", e.getMessage());
                sleep(pause, e);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    private static void sleep(Duration pause, RegistryUnavailableException cause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cause;
        }
    }
}
