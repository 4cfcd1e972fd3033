package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EarlyCommitTest {
    private static final long NOW = 1_772_323_200_000L;

    private final MockProcessorContext<String, String> context = new MockProcessorContext<>();
    private final EarlyCommit commit = EarlyCommit.of(context, Duration.ofMillis(100));

    @ParameterizedTest
    @CsvSource({"0, true", "1099, true", "1100, false", "86400000, false", "-5000, true"})
    void whatIsFreshIsCommittedAndABacklogIsNot(long age, boolean isCommitted) {
        commit.took(NOW - age);
        pass();
        assertThat(context.committed()).isEqualTo(isCommitted);
    }

    @Test
    void theLastRecordTells() {
        commit.took(NOW);
        commit.took(NOW - 86_400_000);
        pass();
        assertThat(context.committed()).isFalse();
    }

    @Test
    void aTaskThatHasTakenNothingAsksForNothing() {
        pass();
        assertThat(context.committed()).isFalse();
    }

    @Test
    void itIsAskedForAtTheIntervalThatWasSet() {
        assertThat(context.scheduledPunctuators())
                .singleElement()
                .satisfies(punctuator -> assertThat(punctuator.getInterval()).hasMillis(100));
    }

    private void pass() {
        context.scheduledPunctuators().forEach(each -> each.getPunctuator().punctuate(NOW));
    }
}
