package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is on the heap never outlives what it was read from, whatever Kafka Streams does with the task.
class WriteBehindTest {
    private static final Bytes KEY = Bytes.wrap(new byte[] {1});

    private final MockProcessorContext<Void, Void> context = new MockProcessorContext<>();
    private final WriteBehind<Number> store = WriteBehind.over(
                    Stores.keyValueStoreBuilder(
                            Stores.inMemoryKeyValueStore("number"), Serdes.Bytes(), Serdes.ByteArray()),
                    Number::new)
            .withLoggingDisabled()
            .build();

    /// One number, kept in one byte.
    private static final class Number implements WriteBehind.Held {
        private final KeyValueStore<Bytes, byte[]> store;
        private byte value;

        Number(KeyValueStore<Bytes, byte[]> store) {
            this.store = store;
            var stored = store.get(KEY);
            if (stored != null) value = stored[0];
        }

        @Override
        public void write() {
            store.put(KEY, new byte[] {value});
        }
    }

    @BeforeEach
    void start() {
        store.init(context.getStateStoreContext(), store);
    }

    @Test
    void oneContentServesAllNodesUntilTheTaskIsGivenUp() {
        assertThat(store.content()).isSameAs(store.content());
        assertThat(store.get()).containsExactly(store.content());
    }

    @Test
    void anActiveTaskThatBecomesAStandbyAndActiveAgainReadsWhatCameMeanwhile() {
        store.content().value = 1;
        store.flushCache();
        store.clearCache();
        assertThat(store.get()).isEmpty();
        store.flushCache(); // holds nothing, writes nothing

        store.content().store.put(KEY, new byte[] {2}); // as a restoration does
        store.clearCache();

        assertThat(store.content().value).isEqualTo((byte) 2);
    }

    @Test
    void aTaskThatIsRevivedAfterAFailureKnowsNothingThatWasNotCommitted() {
        store.content().value = 1;
        store.close();
        assertThat(store.get()).isEmpty();
        store.init(context.getStateStoreContext(), store);

        assertThat(store.content().value).isZero();
    }

    @Test
    void aCommitAfterTheTransactionAddsNothingToTheStore() {
        store.content().value = 1;
        store.commit(Map.of());

        assertThat(new Number(store.content().store).value).isZero();
    }
}
