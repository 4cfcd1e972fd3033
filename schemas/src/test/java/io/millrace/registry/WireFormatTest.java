package io.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.RawEvent;
import io.millrace.topic.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

/// Values as they travel: what is written is read, what is damaged is refused, an outage is neither.
class WireFormatTest {
    private final InMemoryRegistry registry = new InMemoryRegistry();
    private final AvroSerializer<RawEvent> serializer = new AvroSerializer<>(registry, Topics.EVENTS_RAW);
    private final AvroDeserializer<RawEvent> deserializer = new AvroDeserializer<>(registry, RawEvent.getClassSchema());

    @Test
    void readsWhatItWrote() {
        var event = event();
        assertThat(deserializer.deserialize("", serializer.serialize("", event)))
                .isEqualTo(event);
    }

    @Test
    void startsWithAZeroByteAndTheSchemaIdInFour() {
        assertThat(serializer.serialize("", event())).startsWith(0, 0, 0, 0, 1);
    }

    @Test
    void aTombstoneStaysOne() {
        assertThat(serializer.serialize("", null)).isNull();
        assertThat(deserializer.deserialize("", null)).isNull();
    }

    @Test
    void damagedBytesAreRefusedWhateverTheDamage() {
        var whole = serializer.serialize("", event());
        for (int length = 0; length < whole.length; length++) assertRefused(Arrays.copyOf(whole, length));
        assertRefused(Arrays.copyOf(whole, whole.length + 1));
        assertRefused("{\"code\": \"tokens\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        long seed = 20260501;
        var random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            var damaged = whole.clone();
            damaged[random.nextInt(5, damaged.length)] = (byte) random.nextInt();
            try {
                deserializer.deserialize("", damaged);
            } catch (SerializationException refused) {
                // A flipped byte may also give another valid value; what it may not give is any other exception.
                assertThat(refused).as("seed %d, round %d", seed, i).isNotNull();
            }
        }
    }

    @Test
    void anUnknownSchemaIdIsRefused() {
        assertRefused(new byte[] {0, 0, 0, 0, 99, 1, 2, 3});
    }

    @Test
    void anOutageOfTheRegistryIsNotTheRecordsFault() {
        var bytes = serializer.serialize("", event());
        registry.down = true;
        assertThatThrownBy(() -> deserializer.deserialize("", bytes)).isInstanceOf(RegistryUnavailableException.class);
        registry.down = false;
        assertThat(deserializer.deserialize("", bytes)).isEqualTo(event());
    }

    @Test
    void readsValuesOfAnOlderSchemaWithTheirDefaults() throws Exception {
        var older = Schema.createRecord("RawEvent", null, "io.millrace.event", false);
        var fields = new ArrayList<Schema.Field>();
        for (var field : RawEvent.getClassSchema().getFields()) {
            if (!field.name().equals("source")) fields.add(new Schema.Field(field, field.schema()));
        }
        older.setFields(fields);
        int id = registry.register("older", older);
        var value = new org.apache.avro.generic.GenericData.Record(older);
        for (var field : older.getFields()) {
            var read =
                    event().get(RawEvent.getClassSchema().getField(field.name()).pos());
            value.put(field.name(), field.name().equals("timestamp") ? micros(event().getTimestamp()) : read);
        }
        var out = new java.io.ByteArrayOutputStream();
        out.write(new byte[] {0, 0, 0, 0, (byte) id});
        var encoder = org.apache.avro.io.EncoderFactory.get().binaryEncoder(out, null);
        new org.apache.avro.generic.GenericDatumWriter<>(older).write(value, encoder);
        encoder.flush();
        var expected = RawEvent.newBuilder(event()).setSource("").build();
        assertThat(deserializer.deserialize("", out.toByteArray())).isEqualTo(expected);
    }

    private void assertRefused(byte[] bytes) {
        assertThatThrownBy(() -> deserializer.deserialize("", bytes))
                .as(Arrays.toString(bytes))
                .isInstanceOf(SerializationException.class);
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000;
    }

    private static RawEvent event() {
        return RawEvent.newBuilder()
                .setOrganizationId("7b0f1a52-9f6a-4a0c-9f7e-0a4f5c1c0d01")
                .setExternalSubscriptionId("sub_1")
                .setTransactionId("tx_1")
                .setCode("input_tokens")
                .setTimestamp(Instant.parse("2026-03-01T00:00:00.123456Z"))
                .setProperties(Map.of("tokens", "12345678901234567890.5", "model", "large"))
                .setPreciseTotalAmountCents(null)
                .setSource("http")
                .build();
    }

    /// A registry by hand: ids in order of registration.
    private static final class InMemoryRegistry implements SchemaRegistry {
        private final List<Schema> schemas = new ArrayList<>();
        private boolean down;

        @Override
        public int register(String subject, Schema schema) {
            if (!schemas.contains(schema)) schemas.add(schema);
            return schemas.indexOf(schema) + 1;
        }

        @Override
        public Schema byId(int id) {
            if (down) throw new RegistryUnavailableException("down", new java.io.IOException());
            if (id < 1 || id > schemas.size()) throw new RegistryException(40403, "Schema not found");
            return schemas.get(id - 1);
        }

        @Override
        public Optional<Registered> latest(String subject) {
            return Optional.empty();
        }

        @Override
        public boolean isCompatible(String subject, Schema schema) {
            return true;
        }
    }
}
