package io.millrace.enricher;

import static io.millrace.enricher.Bench.APRIL;
import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.MAY;
import static io.millrace.enricher.Bench.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.InMemoryRegistry;
import io.millrace.event.EnrichedEvent;
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
        repairs.enriched(incoming(7, APRIL));
        repairs.changed(SUBSCRIPTION, Stretch.ALWAYS);
        assertThat(repairs.hasWork()).isFalse();

        repairs.write();

        assertThat(repairs.hasWork()).isTrue();
        assertThat(repairs.pending()).isEqualTo(1);
    }

    @Test
    void aChangeAboutATimeWithoutEventsIsNoWork() {
        repairs.enriched(incoming(7, APRIL));
        repairs.changed(SUBSCRIPTION, new Stretch(MAY, null));
        repairs.changed(SUBSCRIPTION, new Stretch(null, APRIL));
        repairs.write();

        assertThat(repairs.hasWork()).isFalse();
    }

    @Test
    void onlyWhatWasEnrichedBeforeTheChangeIsEnrichedAgainAlsoAfterARestart() {
        repairs.enriched(incoming(7, APRIL));
        restart();
        repairs.enriched(incoming(2, MARCH)); // it has waited
        repairs.changed(SUBSCRIPTION, Stretch.ALWAYS);
        repairs.write();
        var unused = repairs.scan(new History());

        assertThat(repairs.isToBeRepaired(enriched(2), 50)).isTrue();
        assertThat(repairs.isToBeRepaired(enriched(7), 50)).isTrue();
        assertThat(repairs.isToBeRepaired(enriched(8), 50)).isFalse();
        assertThat(repairs.isToBeRepaired(enriched(7), 100)).isFalse();
    }

    @Test
    void aScanGoesOnWhereItWasAndWhatItHasRepairedIsNotRepairedAgain() {
        repairs.enriched(incoming(7, APRIL));
        repairs.changed(SUBSCRIPTION, Stretch.ALWAYS);
        repairs.write();
        repairs.advance(Objects.requireNonNull(repairs.scan(new History())), 50);
        restart();

        var scan = Objects.requireNonNull(repairs.scan(new History()));
        assertThat(scan).isEqualTo(new Scan(1, 10, 100, 50));
        repairs.advance(scan, 100);
        repairs.changed(SUBSCRIPTION, Stretch.ALWAYS);
        restart();

        assertThat(Objects.requireNonNull(repairs.scan(new History())).number()).isEqualTo(2);
        assertThat(repairs.isToBeRepaired(enriched(7), 50)).isFalse();
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
    private static final class History implements EventHistory {
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
        public Chunk enriched(long from) {
            return new Chunk(List.of(), from);
        }

        @Override
        public byte[] raw(long offset) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public void close() {}
    }
}
