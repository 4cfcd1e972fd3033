package io.millrace.invoicer.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.invoicer.progress.Stage.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// Patience is a minute; records lie at even offsets, markers at odd ones.
class StandstillTest {
    private static final TopicPartition PARTITION = new TopicPartition("events_raw", 3);

    private final Standstill standstill = new Standstill(Duration.ofMinutes(1));

    @Test
    void aConsumerThatStaysBeforeARecordIsStuckAfterAMinute() {
        assertThat(stuckAt(0, 4, 10)).isFalse();
        assertThat(stuckAt(59, 4, 12)).isFalse();
        assertThat(stuckAt(60, 4, 14)).isTrue();
        assertThat(stuckAt(600, 4, 14)).as("for as long as it stays").isTrue();
        assertThat(stuckAt(601, 6, 14)).isFalse();
        assertThat(stuckAt(660, 6, 14)).isFalse();
        assertThat(stuckAt(661, 6, 14)).isTrue();
    }

    @Test
    void aConsumerThatMovesIsNotStuckHoweverFarBehindItIs() {
        for (int second = 0; second < 600; second += 50) {
            assertThat(stuckAt(second, second, 1_000_000)).isFalse();
        }
    }

    @Test
    void theMarkerBehindTheLastRecordIsNothingToWaitFor() {
        for (int second = 0; second < 600; second += 50) {
            assertThat(stuckAt(second, 9, 10)).isFalse();
        }
    }

    @Test
    void aRecordThatComesAfterALongRestGetsItsMinute() {
        assertThat(stuckAt(0, 10, 10)).isFalse();
        assertThat(stuckAt(300, 10, 10)).isFalse();
        assertThat(stuckAt(350, 10, 12)).isFalse();
        assertThat(stuckAt(365, 10, 12)).isFalse();
        assertThat(stuckAt(500, 10, 12)).isTrue();
    }

    private boolean stuckAt(int second, long committed, long end) {
        var position = new Position(Stage.enricher(), PARTITION, committed, end);
        var stuck = standstill.look(
                List.of(position),
                Instant.EPOCH.plusSeconds(second),
                (partition, from, to) -> (from % 2 == 0 && from < to) || from + 1 < to);
        assertThat(stuck).allSatisfy(each -> assertThat(each.position()).isEqualTo(position));
        return !stuck.isEmpty();
    }
}
