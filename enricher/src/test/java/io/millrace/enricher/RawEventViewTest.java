package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.InMemoryRegistry;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.AvroSerializer;
import io.millrace.streams.RegistryPatience;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

/// The law: a view shows what Avro reads, or there is none.
class RawEventViewTest {
    private static final int HEADER = 5;

    private final InMemoryRegistry registry = new InMemoryRegistry();
    private final AvroSerializer<RawEvent> serializer = new AvroSerializer<>(registry, Topics.EVENTS_RAW);
    private final AvroDeserializer<RawEvent> avro = new AvroDeserializer<>(registry, Topics.EVENTS_RAW.value());
    private final RawEventReader reader = new RawEventReader(registry, new RegistryPatience(Duration.ZERO));

    @Test
    void anEventIsReadWhereItLies() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 5_000; i++) {
            var event = event(random);
            var bytes = serialize(event);
            var view = RawEventView.of(bytes, HEADER);
            assertThat(view).as("seed %d, event %s", seed, event).isNotNull();
            assertShows(view, event);
        }
    }

    @Test
    void damagedBytesAreReadAsAvroReadsThemOrNotAtAll() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        int readable = 0;
        for (int i = 0; i < 50_000; i++) {
            var bytes = damaged(serialize(event(random)), random);
            RawEvent expected = null;
            try {
                expected = avro.deserialize("", bytes);
            } catch (SerializationException e) {
                // nothing to Avro, so nothing to us
            }
            RawEventView actual = null;
            try {
                actual = reader.read(bytes);
            } catch (SerializationException e) {
                // checked below
            }
            var what = "seed %d, bytes %s".formatted(seed, Arrays.toString(bytes));
            assertThat(actual == null).as(what).isEqualTo(expected == null);
            if (actual != null && expected != null) {
                readable++;
                assertShows(actual, expected);
            }
        }
        assertThat(readable).as("events that could be read all the same").isGreaterThan(1_000);
    }

    @Test
    void aPropertyThatIsThereTwiceIsReadByAvro() throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.write(
                Arrays.copyOf(serialize(new RawEvent("o", "s", "t", "c", Instant.EPOCH, Map.of(), null, "")), HEADER));
        var encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        for (var text : new String[] {"o", "s", "t", "c"}) encoder.writeString(text);
        encoder.writeLong(0);
        encoder.writeLong(2);
        for (var text : new String[] {"size", "1", "size", "2"}) encoder.writeString(text);
        encoder.writeLong(0);
        encoder.writeIndex(0);
        encoder.writeString("");
        encoder.flush();

        assertThat(RawEventView.of(bytes.toByteArray(), HEADER)).isNull();
        assertThat(reader.read(bytes.toByteArray()).property("size")).isEqualTo("2");
    }

    @Test
    void manyPropertiesAreReadByAvro() {
        var properties = new HashMap<String, String>();
        for (int i = 0; i < 1_000; i++) properties.put("p" + i, "v" + i);
        var event = new RawEvent("o", "s", "t", "c", Instant.EPOCH, properties, null, "");

        assertThat(RawEventView.of(serialize(event), HEADER)).isNull();
        assertShows(reader.read(serialize(event)), event);
    }

    private static void assertShows(RawEventView view, RawEvent event) {
        var key = Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId());
        assertThat(view.organizationId()).isEqualTo(event.getOrganizationId());
        assertThat(view.externalSubscriptionId()).isEqualTo(event.getExternalSubscriptionId());
        assertThat(view.transactionId()).isEqualTo(event.getTransactionId());
        assertThat(view.code()).isEqualTo(event.getCode());
        assertThat(view.timestamp()).isEqualTo(event.getTimestamp());
        assertThat(view.properties()).isEqualTo(event.getProperties());
        event.getProperties()
                .forEach((name, value) -> assertThat(view.property(name)).isEqualTo(value));
        assertThat(view.property("no such property")).isNull();
        assertThat(view.preciseTotalAmountCents()).isEqualTo(event.getPreciseTotalAmountCents());
        assertThat(view.key()).isEqualTo(key.getBytes(StandardCharsets.UTF_8));
        assertThat(view.hasKey(view.key())).isTrue();
        assertThat(view.hasKey((key + "x").getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(view.lacksCode()).isEqualTo(event.getCode().isEmpty());
        assertThat(view.hasSlashInOrganization())
                .isEqualTo(event.getOrganizationId().contains("/"));
        // Its parts, put together again, are the event.
        var writer = new AvroWriter().part();
        view.writeHead(writer);
        view.writeProperties(writer);
        writer.optionalText(view.preciseTotalAmountCents());
        view.writeSource(writer);
        assertShowsTheSame(RawEventView.ofWritten(writer.toByteArray()), event);
    }

    private static void assertShowsTheSame(RawEventView view, RawEvent event) {
        assertThat(view.transactionId()).isEqualTo(event.getTransactionId());
        assertThat(view.timestampMicros()).isEqualTo(ChronoUnit.MICROS.between(Instant.EPOCH, event.getTimestamp()));
        assertThat(view.properties()).isEqualTo(event.getProperties());
    }

    private byte[] serialize(RawEvent event) {
        return Objects.requireNonNull(serializer.serialize("", event));
    }

    private static byte[] damaged(byte[] bytes, SplittableRandom random) {
        var damaged = bytes.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(HEADER, damaged.length);
            switch (random.nextInt(4)) {
                case 0 -> damaged[at] = (byte) random.nextInt();
                case 1 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> damaged = Arrays.copyOf(damaged, Math.max(HEADER + 1, at));
                default -> damaged = Arrays.copyOf(damaged, damaged.length + random.nextInt(3));
            }
        }
        return damaged;
    }

    private static RawEvent event(SplittableRandom random) {
        var properties = new HashMap<String, String>();
        for (int i = random.nextInt(9); i > 0; i--) properties.put(text(random), text(random));
        return new RawEvent(
                text(random),
                text(random),
                text(random),
                text(random),
                Instant.EPOCH.plus(random.nextLong(-1L << 50, 1L << 55), ChronoUnit.MICROS),
                properties,
                random.nextBoolean() ? null : text(random),
                text(random));
    }

    private static String text(SplittableRandom random) {
        var alphabets = new String[] {"abcdefghijklmnopqrstuvwxyz-_/0123456789", "äöüß€漢字😀é"};
        var alphabet = alphabets[random.nextInt(8) == 0 ? 1 : 0].codePoints().toArray();
        var text = new StringBuilder();
        for (int i = random.nextInt(random.nextInt(10) == 0 ? 200 : 12); i > 0; i--) {
            text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        }
        return text.toString();
    }
}
