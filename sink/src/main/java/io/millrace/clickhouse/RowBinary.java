package io.millrace.clickhouse;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/// Rows of a topic's intake in ClickHouse's format `RowBinary`, made of Avro's bytes of its records, field by field: no
/// object in between.
///
/// A row has a record's fields in their order, but for those that are left out, then its partition, offset and time.
/// Both formats begin a text with its length; numbers are of variable length in Avro and fixed here.
///
/// Sources: Avro 1.12 specification, binary encoding; ClickHouse, format `RowBinary`.
final class RowBinary {
    /// Longest that a field of Avro grows: a number from one byte to eight.
    private static final int GROWTH = 8;

    private static final VarHandle LITTLE_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LITTLE_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int PLACE_BYTES = Integer.BYTES + Long.BYTES + Long.BYTES;

    /// What a field is, in both formats.
    private enum Kind {
        TEXT,
        INT,
        LONG,
        BOOLEAN,
        TEXTS
    }

    /// @param isNullable a union of null and the kind
    private record Field(String name, Kind kind, boolean isNullable, boolean isLeftOut) {
        static Field of(Schema.Field field, boolean isLeftOut) {
            var schema = field.schema();
            if (schema.getType() != Schema.Type.UNION) return new Field(field.name(), kind(schema), false, isLeftOut);
            var branches = schema.getTypes();
            if (branches.size() != 2 || branches.getFirst().getType() != Schema.Type.NULL) {
                throw new IllegalArgumentException("no union of null and one type: " + field);
            }
            return new Field(field.name(), kind(branches.getLast()), true, isLeftOut);
        }

        private static Kind kind(Schema schema) {
            return switch (schema.getType()) {
                case STRING, BYTES -> Kind.TEXT;
                case INT -> Kind.INT;
                case LONG -> Kind.LONG;
                case BOOLEAN -> Kind.BOOLEAN;
                case MAP -> {
                    if (schema.getValueType().getType() == Schema.Type.STRING) yield Kind.TEXTS;
                    throw new IllegalArgumentException("a map of other than texts");
                }
                default -> throw new IllegalArgumentException("no column for " + schema);
            };
        }
    }

    private final Field[] fields;
    private byte[] rows = new byte[1 << 16];
    private int length;
    private int count;
    private byte[] record = {};
    private int position;

    /// @param schema of the records
    /// @param leftOut names of fields that have no column
    /// @throws IllegalArgumentException where it has a field of a kind that no topic has
    RowBinary(Schema schema, Set<String> leftOut) {
        fields = schema.getFields().stream()
                .map(field -> Field.of(field, leftOut.contains(field.name())))
                .toArray(Field[]::new);
    }

    /// Names of the columns, in their order.
    List<String> columns() {
        return Stream.concat(
                        Arrays.stream(fields).filter(field -> !field.isLeftOut).map(Field::name),
                        Stream.of("kafka_partition", "kafka_offset", "kafka_timestamp"))
                .toList();
    }

    int count() {
        return count;
    }

    int bytes() {
        return length;
    }

    void clear() {
        length = 0;
        count = 0;
    }

    void writeTo(OutputStream out) throws IOException {
        out.write(rows, 0, length);
    }

    /// Adds a row.
    ///
    /// @param value has the record from `from` on
    /// @param timestamp milliseconds since 1970
    /// @return false, and nothing is added, where the bytes are not exactly one record of the schema
    boolean add(byte[] value, int from, int partition, long offset, long timestamp) {
        int start = length;
        reserve(value.length + GROWTH * fields.length + PLACE_BYTES);
        record = value;
        position = from;
        try {
            for (var field : fields) {
                int column = length;
                if (isPresent(field)) copy(field.kind);
                if (field.isLeftOut) length = column;
            }
            if (position != value.length) throw new IndexOutOfBoundsException();
        } catch (IndexOutOfBoundsException e) {
            length = start;
            return false;
        }
        putInt(partition);
        putLong(offset);
        putLong(timestamp);
        count++;
        return true;
    }

    private boolean isPresent(Field field) {
        if (!field.isNullable) return true;
        long branch = number();
        if (branch < 0 || branch > 1) throw new IndexOutOfBoundsException();
        boolean isPresent = branch == 1;
        rows[length++] = (byte) (isPresent ? 0 : 1);
        return isPresent;
    }

    private void copy(Kind kind) {
        switch (kind) {
            case TEXT -> copyText();
            case INT -> copyInt();
            case LONG -> putLong(number());
            case BOOLEAN -> copyBoolean();
            case TEXTS -> copyTexts();
        }
    }

    private void copyText() {
        int size = size(number());
        putSize(size);
        System.arraycopy(record, position, rows, length, size);
        position += size;
        length += size;
    }

    private void copyInt() {
        long value = number();
        if (value != (int) value) throw new IndexOutOfBoundsException();
        putInt((int) value);
    }

    private void copyBoolean() {
        byte value = record[position++];
        if (value != 0 && value != 1) throw new IndexOutOfBoundsException();
        rows[length++] = value;
    }

    /// Avro has blocks, each with a count of its own, a negative one before the block's size in bytes; here one count
    /// comes first.
    private void copyTexts() {
        int start = length;
        int entries = 0;
        for (long block = number(); block != 0; block = number()) {
            if (block < 0) {
                block = -block;
                number();
            }
            for (long left = size(block); left > 0; left--) {
                copyText();
                copyText();
                entries++;
            }
        }
        int end = length;
        putSize(entries);
        int head = length - end;
        System.arraycopy(rows, start, rows, start + head, end - start);
        length = start;
        putSize(entries);
        length = end + head;
    }

    /// Lengths and counts: what is left of the record bounds both.
    private int size(long number) {
        if (number < 0 || number > record.length - position) throw new IndexOutOfBoundsException();
        return (int) number;
    }

    /// Avro's zig-zag number of variable length.
    private long number() {
        long bits = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = record[position++];
            bits |= (long) (next & 0x7f) << shift;
            if (next >= 0) return (bits >>> 1) ^ -(bits & 1);
        }
        throw new IndexOutOfBoundsException();
    }

    private void putSize(int size) {
        int left = size;
        while (left >= 0x80) {
            rows[length++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        rows[length++] = (byte) left;
    }

    private void putInt(int value) {
        LITTLE_INT.set(rows, length, value);
        length += Integer.BYTES;
    }

    private void putLong(long value) {
        LITTLE_LONG.set(rows, length, value);
        length += Long.BYTES;
    }

    private void reserve(int bytes) {
        if (rows.length - length < bytes) rows = Arrays.copyOf(rows, Math.max(2 * rows.length, length + bytes));
    }
}
