package io.millrace.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What Avro has written is what ClickHouse reads: compared with a reader of `RowBinary` of the test's own.
class RowBinaryTest {
    private static final long SEED = 20_261_129;

    static List<Topic> topics() {
        return Sink.TOPICS;
    }

    @ParameterizedTest
    @MethodSource("topics")
    void aRowHasWhatTheRecordHasAndWhereItLies(Topic topic) throws IOException {
        var random = new Random(SEED);
        var rows = new RowBinary(topic.value(), Set.of());
        var expected = new ArrayList<List<@Nullable Object>>();
        for (int i = 0; i < 300; i++) {
            var record = record(topic.value(), random);
            int header = random.nextInt(7);
            int partition = random.nextInt(100);
            assertThat(rows.add(
                            bytes(record, header, random.nextBoolean()), header, partition, i, 1_700_000_000_000L + i))
                    .isTrue();
            expected.add(expected(record, partition, i, 1_700_000_000_000L + i));
        }
        assertThat(rows.count()).isEqualTo(300);
        assertThat(read(rows, topic.value(), 300)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("topics")
    void aFieldThatIsLeftOutIsReadAndHasNoColumn(Topic topic) throws IOException {
        var random = new Random(SEED);
        for (var field : topic.value().getFields()) {
            var others = topic.value().getFields().stream()
                    .filter(other -> other != field)
                    .map(other -> new Schema.Field(other, other.schema()))
                    .toList();
            var rows = new RowBinary(topic.value(), Set.of(field.name()));
            assertThat(rows.columns())
                    .hasSize(others.size() + 3)
                    .startsWith(others.stream().map(Schema.Field::name).toArray(String[]::new));
            var expected = new ArrayList<List<@Nullable Object>>();
            for (int i = 0; i < 10; i++) {
                var record = record(topic.value(), random);
                assertThat(rows.add(bytes(record, 0, random.nextBoolean()), 0, 1, i, 3))
                        .isTrue();
                var row = expected(record, 1, i, 3);
                row.remove(field.pos());
                expected.add(row);
            }
            assertThat(read(rows, Schema.createRecord("Others", null, null, false, others), 10))
                    .as(field.name())
                    .isEqualTo(expected);
            assertThat(rows.add(new byte[] {1}, 0, 1, 2, 3)).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("topics")
    void whatIsNotExactlyOneRecordAddsNothing(Topic topic) throws IOException {
        var random = new Random(SEED);
        var rows = new RowBinary(topic.value(), Set.of());
        var record = record(topic.value(), random);
        var whole = bytes(record, 0, false);
        assertThat(rows.add(whole, 0, 1, 2, 3)).isTrue();
        int before = rows.bytes();
        for (int length = 0; length < whole.length; length++) {
            assertThat(rows.add(Arrays.copyOf(whole, length), 0, 1, 2, 3))
                    .as("its first %d bytes", length)
                    .isFalse();
        }
        assertThat(rows.add(Arrays.copyOf(whole, whole.length + 1), 0, 1, 2, 3)).isFalse();
        assertThat(rows.add(new byte[whole.length], whole.length, 1, 2, 3)).isFalse();
        assertThat(rows.count()).isOne();
        assertThat(rows.bytes()).isEqualTo(before);
        assertThat(read(rows, topic.value(), 1)).containsExactly(expected(record, 1, 2, 3));
    }

    /// They may give another record; they may not throw, nor spoil the rows before and after them.
    @Test
    void damagedBytesSpoilNoOtherRow() throws IOException {
        var random = new Random(SEED);
        var schema = Topics.EVENTS_ENRICHED_EXPANDED.value();
        var rows = new RowBinary(schema, Set.of());
        for (int i = 0; i < 3_000; i++) {
            var damaged = bytes(record(schema, random), 0, random.nextBoolean());
            for (int hits = 1 + random.nextInt(3); hits > 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            rows.clear();
            var one = record(schema, random);
            var other = record(schema, random);
            assertThat(rows.add(bytes(one, 0, false), 0, 1, 1, 1)).isTrue();
            int added = rows.add(damaged, 0, 9, 9, 9) ? 1 : 0;
            assertThat(rows.add(bytes(other, 0, false), 0, 2, 2, 2)).isTrue();
            var read = read(rows, schema, 2 + added);
            assertThat(read.getFirst()).as("seed %d, round %d", SEED, i).isEqualTo(expected(one, 1, 1, 1));
            assertThat(read.getLast()).as("seed %d, round %d", SEED, i).isEqualTo(expected(other, 2, 2, 2));
        }
    }

    @Test
    void aFieldThatNoTopicHasIsRefusedAtOnce() {
        for (var type : List.of(
                "\"double\"",
                "[\"string\",\"null\"]",
                "[\"null\",\"long\",\"string\"]",
                "{\"type\":\"map\",\"values\":\"long\"}",
                "{\"type\":\"array\",\"items\":\"string\"}")) {
            var schema = new Schema.Parser()
                    .parse("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"f\",\"type\":" + type + "}]}");
            assertThatThrownBy(() -> new RowBinary(schema, Set.of())).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static GenericRecord record(Schema schema, Random random) {
        var record = new GenericData.Record(schema);
        for (var field : schema.getFields()) record.put(field.pos(), value(field.schema(), random));
        return record;
    }

    private static @Nullable Object value(Schema schema, Random random) {
        return switch (schema.getType()) {
            case UNION -> random.nextBoolean() ? null : value(schema.getTypes().getLast(), random);
            case STRING -> text(random);
            case BYTES -> ByteBuffer.wrap(text(random).getBytes(StandardCharsets.UTF_8));
            case INT -> random.nextInt() >> random.nextInt(32);
            case LONG -> random.nextLong() >> random.nextInt(64);
            case BOOLEAN -> random.nextBoolean();
            case MAP -> {
                var map = new LinkedHashMap<String, String>();
                for (int entries = random.nextInt(random.nextInt(50) == 0 ? 300 : 8); entries > 0; entries--) {
                    map.put(text(random), text(random));
                }
                yield map;
            }
            default -> throw new AssertionError(schema);
        };
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        int most = random.nextInt(40) == 0 ? 20_000 : 30;
        for (int left = random.nextInt(most); left > 0; left--) text.append("aZ0 ü€\0😀".charAt(random.nextInt(7)));
        // A lone surrogate is no text.
        return new String(text.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    /// @param inBlocks maps in several blocks, each with its size
    private static byte[] bytes(GenericRecord record, int header, boolean inBlocks) throws IOException {
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[header]);
        var factory = new EncoderFactory().configureBlockSize(64);
        var encoder = inBlocks ? factory.blockingBinaryEncoder(out, null) : factory.binaryEncoder(out, null);
        new GenericDatumWriter<>(record.getSchema()).write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static List<@Nullable Object> expected(GenericRecord record, int partition, long offset, long timestamp) {
        var row = new ArrayList<@Nullable Object>();
        for (var field : record.getSchema().getFields()) {
            var value = record.get(field.pos());
            row.add(
                    value instanceof ByteBuffer bytes
                            ? StandardCharsets.UTF_8.decode(bytes.duplicate()).toString()
                            : value);
        }
        row.addAll(List.of(partition, offset, timestamp));
        return row;
    }

    private static List<List<@Nullable Object>> read(RowBinary rows, Schema schema, int count) throws IOException {
        var out = new ByteArrayOutputStream();
        rows.writeTo(out);
        var in = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        var read = new ArrayList<List<@Nullable Object>>();
        for (int i = 0; i < count; i++) {
            var row = new ArrayList<@Nullable Object>();
            for (var field : schema.getFields()) row.add(read(in, field.schema()));
            row.addAll(List.of(in.getInt(), in.getLong(), in.getLong()));
            read.add(row);
        }
        assertThat(in.hasRemaining()).isFalse();
        return read;
    }

    private static @Nullable Object read(ByteBuffer in, Schema schema) {
        return switch (schema.getType()) {
            case UNION -> in.get() == 1 ? null : read(in, schema.getTypes().getLast());
            case STRING, BYTES -> readText(in);
            case INT -> in.getInt();
            case LONG -> in.getLong();
            case BOOLEAN -> in.get() == 1;
            case MAP -> {
                var map = new LinkedHashMap<String, String>();
                for (int entries = readSize(in); entries > 0; entries--) map.put(readText(in), readText(in));
                yield map;
            }
            default -> throw new AssertionError(schema);
        };
    }

    private static String readText(ByteBuffer in) {
        var bytes = new byte[readSize(in)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int readSize(ByteBuffer in) {
        int size = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            size |= (next & 0x7f) << shift;
            if (next >= 0) return size;
        }
    }
}
