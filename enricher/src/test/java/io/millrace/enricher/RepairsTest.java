package io.millrace.enricher;

import static io.millrace.enricher.Bench.APRIL;
import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.MAY;
import static io.millrace.enricher.Bench.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.InMemoryRegistry;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.PendingRepair;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.streams.RegistryPatience;
import io.millrace.streams.Timeline.Stretch;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/// What a partition knows of its repairs is the same before and after a restart.
class RepairsTest {
    private static final Subject SUBSCRIPTION = Subject.subscription("acme/sub_1");
    private static final Instant INGESTED = Instant.parse("2026-06-01T10:30:00Z");

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("repairs").get();
    private final InMemoryRegistry registry = new InMemoryRegistry();
    private final RawEventReader reader = new RawEventReader(registry, new RegistryPatience(Duration.ofSeconds(1)));
    private final AvroSerializer<RawEvent> raw = new AvroSerializer<>(registry, Topics.EVENTS_RAW);

    private Repairs repairs = new Repairs(store);

    @Test
    void aChangeWaitsForTheEndOfItsTransaction() {
        repairs.noteEnriched(incoming(7, APRIL));
        replace(Stretch.ALWAYS);
        assertThat(repairs.hasWork()).isFalse();

        repairs.write();

        assertThat(repairs.hasWork()).isTrue();
        assertThat(repairs.pending()).isEqualTo(1);
    }

    @Test
    void whoseEventsWaitForARepairIsKnownAfterARestart() {
        repairs.noteEnriched(incoming(7, APRIL));
        assertThat(repairs.changed(SUBSCRIPTION, List.of(new Stretch(APRIL, null)), List.of()))
                .isTrue();
        assertThat(repairs.changed(SUBSCRIPTION, List.of(new Stretch(MARCH, null)), List.of()))
                .isTrue();
        assertThat(repairs.changed(SUBSCRIPTION, List.of(new Stretch(APRIL, MAY)), List.of()))
                .as("is among what is concerned already")
                .isFalse();
        restart();
        assertThat(repairs.concerned().asTold()).containsExactly(new PendingRepair("acme", "sub_1", MARCH));

        repairs.enriched().advance(Objects.requireNonNull(repairs.enriched().scan(new Log())), 50);
        restart();
        assertThat(repairs.concerned().asTold()).hasSize(1);
        repairs.enriched().advance(Objects.requireNonNull(repairs.enriched().scan(new Log())), 100);
        assertThat(repairs.concerned().asTold()).isEmpty();
    }

    @Test
    void whereTooManyOrganizationsAreConcernedAllAre() {
        repairs.noteEnriched(incoming(7, APRIL));
        for (int i = 0; i <= Concerned.AT_MOST; i++) {
            repairs.changed(Subject.plan("o" + i, "basic"), List.of(new Stretch(APRIL, null)), List.of());
        }
        assertThat(repairs.concerned().asTold()).containsExactly(new PendingRepair(null, null, APRIL));
        assertThat(repairs.changed(Subject.plan("another", "basic"), List.of(Stretch.ALWAYS), List.of()))
                .as("an earlier one is more")
                .isTrue();
    }

    @Test
    void aChangeIsWorkOnlyWhereThereIsAnEventOfItsTime() {
        repairs.noteEnriched(incoming(7, APRIL));
        replace(new Stretch(MAY, null));
        replace(new Stretch(null, APRIL));
        repairs.write();
        assertThat(repairs.hasWork()).isFalse();

        replace(new Stretch(APRIL, APRIL.plusNanos(1_000)));
        repairs.write();
        assertThat(repairs.hasWork()).isTrue();
    }

    @Test
    void onlyWhatWasEnrichedBeforeTheChangeIsEnrichedAgainAlsoAfterARestart() {
        repairs.noteEnriched(incoming(7, APRIL));
        restart();
        repairs.noteEnriched(incoming(2, MARCH)); // it has waited
        replace(Stretch.ALWAYS);
        repairs.write();
        var unused = repairs.enriched().scan(new Log());

        assertThat(repairs.enriched().isToBeRepaired(enriched(2), 50)).isTrue();
        assertThat(repairs.enriched().isToBeRepaired(enriched(7), 50)).isTrue();
        assertThat(repairs.enriched().isToBeRepaired(enriched(8), 50)).isFalse();
        assertThat(repairs.enriched().isToBeRepaired(enriched(7), 100)).isFalse();
    }

    @Test
    void aScanGoesOnWhereItWasAndWhatItHasRepairedIsNotRepairedAgain() {
        repairs.noteEnriched(incoming(7, APRIL));
        replace(Stretch.ALWAYS);
        repairs.write();
        repairs.enriched().advance(Objects.requireNonNull(repairs.enriched().scan(new Log())), 50);
        restart();

        var scan = Objects.requireNonNull(repairs.enriched().scan(new Log()));
        assertThat(scan).isEqualTo(new Scan(1, 10, 100, 50));
        repairs.enriched().advance(scan, 100);
        replace(Stretch.ALWAYS);
        restart();

        assertThat(Objects.requireNonNull(repairs.enriched().scan(new Log())).number())
                .isEqualTo(2);
        assertThat(repairs.enriched().isToBeRepaired(enriched(7), 50)).isFalse();
    }

    @Test
    void recordsOfOthersNeedNotBeReadForASubscriptionsSakeButThoseOfTheOrganizationForItsPlans() {
        repairs.noteEnriched(incoming(7, APRIL));
        replace(Stretch.ALWAYS);
        repairs.write();
        var scan = Objects.requireNonNull(repairs.enriched().scan(new Log()));
        restart();

        assertThat(mayConcern("acme/sub_1")).isTrue();
        assertThat(mayConcern("acme/sub_2")).isFalse();
        assertThat(repairs.enriched().mayConcern(null)).isFalse();

        repairs.enriched().advance(scan, 100);
        repairs.changed(Subject.plan("acme", "basic"), List.of(Stretch.ALWAYS), List.of());
        repairs.write();
        assertThat(mayConcern("acme/sub_1")).isFalse();
        var unused = repairs.enriched().scan(new Log());

        assertThat(mayConcern("acme/sub_2")).isTrue();
        assertThat(mayConcern("other/sub_1")).isFalse();
    }

    private boolean mayConcern(String key) {
        return repairs.enriched().mayConcern(key.getBytes(StandardCharsets.UTF_8));
    }

    private void replace(Stretch stretch) {
        repairs.changed(SUBSCRIPTION, List.of(stretch), List.of());
    }

    private void restart() {
        repairs.write();
        repairs = new Repairs(store);
    }

    private IncomingEvent incoming(long offset, Instant time) {
        var value = Objects.requireNonNull(
                raw.serialize("", event("e" + offset).setTimestamp(time).build()));
        var key = "acme/sub_1".getBytes(StandardCharsets.UTF_8);
        return new IncomingEvent(
                key,
                reader.read(value),
                new Origin(key, value, 0, offset, INGESTED.toEpochMilli()),
                IncomingEvent.NOT_REMEMBERED);
    }

    private static EnrichedEvent enriched(long rawOffset) {
        return EnrichedEvent.newBuilder()
                .setOrganizationId("acme")
                .setExternalSubscriptionId("sub_1")
                .setTransactionId("e" + rawOffset)
                .setCode("tokens")
                .setTimestamp(APRIL)
                .setSubscriptionId("s1")
                .setPlanId("basic")
                .setAggregationType("sum_agg")
                .setValue("1")
                .setRawPartition(0)
                .setRawOffset(rawOffset)
                .setIngestedAt(INGESTED)
                .build();
    }

    /// Of which only the ends matter.
    private static final class Log implements EventHistory.Log {
        @Override
        public long beginning() {
            return 0;
        }

        @Override
        public long end() {
            return 100;
        }

        @Override
        public long since(long millis) {
            assertThat(millis).isLessThanOrEqualTo(INGESTED.toEpochMilli());
            return 10;
        }

        @Override
        public EventHistory.Chunk read(long from) {
            throw new AssertionError("nobody asks");
        }
    }
}
