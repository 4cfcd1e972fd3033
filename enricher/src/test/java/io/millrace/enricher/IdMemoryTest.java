package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/// How long an id is remembered, and that restarts do not tell.
class IdMemoryTest {
    private static final long SEED = 20260403;
    private static final Duration HORIZON = Duration.ofHours(4);
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long START = 1_000 * HOUR;
    private static final int ROOM = 10_000;

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("remembered").get();
    private IdMemory memory = new IdMemory(store, HORIZON, ROOM);
    private long now = START;

    // Horizon

    @Test
    void anIdIsRememberedForTheHorizonAndForgottenAQuarterLater() {
        remember(1);
        now += HOUR - 1;
        remember(2); // the last one of the same quarter

        now = START + 4 * HOUR;
        assertThat(contains(1)).isTrue();
        now = START + 5 * HOUR - 1;
        assertThat(contains(1)).isTrue();
        assertThat(contains(2)).isTrue();
        now = START + 5 * HOUR;
        assertThat(contains(1)).isFalse();
        assertThat(contains(2)).isFalse();
    }

    @Test
    void whatWasForgottenLeavesNothingInTheStore() {
        for (int i = 0; i < 5_000; i++) {
            remember(i);
            if (i % 7 == 0) memory.write();
        }
        now += 10 * HOUR;
        assertThat(contains(1)).isFalse();
        memory.write();

        assertThat(records()).isZero();
        assertThat(restarted().extent()).isEqualTo(new IdMemory.Extent(0, HORIZON));
    }

    @Test
    void whatWasNotWrittenDownBeforeItWasForgottenIsNotWrittenDownAfterwards() {
        remember(1);
        now += 10 * HOUR;
        assertThat(contains(1)).isFalse();
        memory.write();
        assertThat(records()).isZero();

        remember(1);
        memory.write();
        assertThat(records()).isEqualTo(1);
        assertThat(contains(1)).isTrue();
    }

    @Test
    void anotherHorizonHoldsAtOnce() {
        remember(1);
        memory.write();
        now += 4 * HOUR;

        memory = new IdMemory(store, Duration.ofHours(2), ROOM);
        assertThat(contains(1)).isFalse();
    }

    // Freeing

    @Test
    void anIdThatIsFreedIsUnknownAlsoAfterARestart() {
        long place = remember(1);
        remember(2);
        memory.write();
        forget(1, place);
        assertThat(contains(1)).isFalse();
        memory.write();
        restart();

        assertThat(contains(1)).isFalse();
        assertThat(contains(2)).isTrue();
        remember(1);
        memory.write();
        restart();
        assertThat(contains(1)).isTrue();
    }

    @Test
    void anIdThatIsFreedInALaterQuarterIsUnknownAlsoAfterARestart() {
        long place = remember(1);
        remember(2);
        now += 2 * HOUR;
        remember(3);
        forget(1, place);
        memory.write();
        restart();

        assertThat(contains(1)).isFalse();
        assertThat(contains(2)).isTrue();
    }

    @Test
    void anEventFreesOnlyItsOwnId() {
        long place = remember(1);
        now += 6 * HOUR;
        assertThat(contains(1)).isFalse();
        long other = remember(1);
        forget(1, place);
        assertThat(contains(1)).isTrue();

        forget(1, other);
        assertThat(contains(1)).isFalse();
    }

    @Test
    void alsoWhereIdsAreForgottenBeforeTheirTimeAnEventFreesOnlyItsOwnId() {
        long place = remember(0);
        for (int i = 1; i <= ROOM; i++) remember(i);
        assertThat(contains(0)).isFalse();
        remember(0);

        forget(0, place);
        assertThat(contains(0)).isTrue();
    }

    // Room

    @Test
    void whereThereIsNoRoomTheOldestQuarterIsForgotten() {
        for (int i = 0; i < ROOM; i++) remember(i);
        assertThat(contains(0)).isTrue();
        now += HOUR / 2;
        remember(ROOM);
        memory.write();

        assertThat(contains(0)).isFalse();
        assertThat(contains(ROOM / 4 - 1)).isFalse();
        assertThat(contains(ROOM / 4)).isTrue();
        assertThat(contains(ROOM)).isTrue();
        assertThat(memory.extent().ids()).isEqualTo(ROOM - ROOM / 4 + 1);
    }

    @Test
    void theExtentTellsHowFarBackNoIdIsMissing() {
        int ids = 2 * ROOM - 100;
        for (int i = 0; i < ids; i++) {
            now += 100;
            remember(i);
        }
        memory.write();
        long missing = 0;
        while (!contains(missing)) missing++;

        var reach = memory.extent().horizon().toMillis();
        assertThat(reach).isEqualTo((ids - 1 - missing) * 100);
        restart();
        now += 100;
        remember(ids);
        memory.write();
        assertThat(memory.extent().horizon().toMillis()).isEqualTo(reach + 100);

        now += 10 * HOUR;
        remember(-1);
        memory.write();
        assertThat(memory.extent().horizon()).isEqualTo(HORIZON);
    }

    @Test
    void atLeastThreeQuartersOfTheRoomAreAlwaysInUseOnceItWasFull() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 10 * ROOM; i++) {
            now += random.nextInt(50);
            remember(i);
            memory.write();
            assertThat(memory.extent().ids()).isLessThanOrEqualTo(ROOM);
            if (i >= ROOM) assertThat(memory.extent().ids()).isGreaterThanOrEqualTo(ROOM - ROOM / 4);
        }
    }

    @Test
    void lessRoomThanBeforeForgetsTheOldest() {
        for (int i = 0; i < ROOM; i++) remember(i);
        memory.write();

        memory = new IdMemory(store, HORIZON, ROOM / 2);
        remember(ROOM);
        assertThat(contains(ROOM)).isTrue();
        assertThat(contains(ROOM - 1)).isTrue();
        assertThat(contains(0)).isFalse();
    }

    // Chunks

    @Test
    void aLargeTransactionIsWrittenInRecordsThatABrokerTakes() {
        memory = new IdMemory(store, HORIZON, 1_000_000);
        for (int i = 0; i < 200_000; i++) remember(i);
        memory.write();

        try (var all = store.all()) {
            all.forEachRemaining(chunk -> assertThat(chunk.value.length).isLessThan(300_000));
        }
        memory = new IdMemory(store, HORIZON, 1_000_000);
        assertThat(memory.extent().ids()).isEqualTo(200_000);
        assertThat(contains(199_999)).isTrue();
    }

    @Test
    void smallTransactionsShareARecord() {
        for (int i = 0; i < 1_600; i++) {
            remember(i);
            memory.write();
            if (i % 100 == 0) restart();
        }
        assertThat(records()).isEqualTo(50);
    }

    @Test
    void aTransactionWithoutNewIdsWritesNothing() {
        remember(1);
        memory.write();
        var before = bytes();
        assertThat(contains(1)).isTrue();
        memory.write();

        assertThat(bytes()).isEqualTo(before);
    }

    // Everything

    /// One memory is written down and restarted at random, one never; both are asked the same. And both agree with a
    /// map that knows the rule of the horizon (while there is room, an id stays between four and five hours).
    @Test
    void restartsAndTransactionsLeaveNoTrace() {
        var random = new SplittableRandom(SEED);
        var steady = new IdMemory(Stores.inMemoryKeyValueStore("steady").get(), HORIZON, ROOM);
        var places = new HashMap<Long, Long>();
        var rememberedAt = new HashMap<Long, Long>();
        int answers = 0;
        for (int i = 0; i < 300_000; i++) {
            // Times of plenty, when there is no room for the horizon, and quiet ones.
            now += i / 50_000 % 2 == 0 ? random.nextInt(500) : random.nextInt(20_000);
            if (random.nextInt(10_000) == 0) now += 3 * HOUR;
            long id = i - random.nextInt(random.nextInt(1, 20_000));
            boolean known = contains(id);
            assertThat(steady.contains(high(id), low(id), now))
                    .as("seed %d, step %d", SEED, i)
                    .isEqualTo(known);
            var at = rememberedAt.get(id);
            if (known) {
                answers++;
                assertThat(at).as("seed %d, step %d", SEED, i).isNotNull().isGreaterThan(now - 5 * HOUR);
                if (random.nextInt(20) == 0) {
                    forget(id, places.get(id));
                    steady.forget(high(id), low(id), places.get(id));
                    rememberedAt.remove(id);
                }
            } else {
                if (at != null && memory.extent().horizon().equals(HORIZON)) {
                    assertThat(at).as("seed %d, step %d", SEED, i).isLessThanOrEqualTo(now - 4 * HOUR);
                }
                long place = remember(id);
                assertThat(steady.remember(high(id), low(id), now)).isEqualTo(place);
                places.put(id, place);
                rememberedAt.put(id, now);
            }
            memory.write();
            if (random.nextInt(5_000) == 0) restart();
            if (random.nextInt(50) == 0) steady.write();
        }
        steady.write();
        assertThat(steady.extent()).isEqualTo(memory.extent());
        assertThat(answers).isGreaterThan(10_000);
    }

    private boolean contains(long id) {
        return memory.contains(high(id), low(id), now);
    }

    private long remember(long id) {
        return memory.remember(high(id), low(id), now);
    }

    private void forget(long id, long place) {
        memory.forget(high(id), low(id), place);
    }

    /// As after a clean stop: what was written down is all there is.
    private void restart() {
        memory = restarted();
    }

    private IdMemory restarted() {
        return new IdMemory(store, HORIZON, ROOM);
    }

    private static long high(long id) {
        return new SplittableRandom(id).nextLong();
    }

    private static long low(long id) {
        return new SplittableRandom(~id).nextLong();
    }

    private int records() {
        return bytes().size();
    }

    private Map<Bytes, List<Byte>> bytes() {
        var records = new HashMap<Bytes, List<Byte>>();
        try (var all = store.all()) {
            all.forEachRemaining(chunk -> {
                var bytes = new ArrayList<Byte>();
                for (byte b : chunk.value) bytes.add(b);
                records.put(chunk.key, bytes);
            });
        }
        return records;
    }
}
