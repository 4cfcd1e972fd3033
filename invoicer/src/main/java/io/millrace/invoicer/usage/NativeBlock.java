package io.millrace.invoicer.usage;

import io.millrace.rating.money.DecimalText;
import io.millrace.rating.money.ShortDecimal;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The next block of an answer in ClickHouse's format `Native`: some rows, as columns that are read one after the
/// other.
///
/// No object is made for a row: a column is an array, or knows where in the answer its texts lie.
///
/// Source: ClickHouse, format `Native`, as it is without a protocol version: a block is the numbers of its columns and
/// rows, a column its name, its type and its values; little-endian.
final class NativeBlock {
    private static final String CHOICE = "LowCardinality(String)";
    private static final String OPTIONAL_CHOICE = "LowCardinality(Nullable(String))";
    /// Of a dictionary: its own keys follow, and there is no other.
    private static final long OWN_KEYS = 0x200;
    private static final long KEYS = 0x300;
    /// Of empty texts: as many as a block has rows, unless somebody asks for larger ones.
    private static final byte[] NO_LENGTHS = new byte[1 << 16];
    private static final int[] NOWHERE = new int[NO_LENGTHS.length];

    private final byte[] bytes;
    private final int rows;
    private int at;

    /// @param at where the block begins
    NativeBlock(byte[] bytes, int at, int columns) {
        this.bytes = bytes;
        this.at = at;
        int found = number();
        this.rows = number();
        if (found != columns) throw new IllegalStateException("%d columns for %d".formatted(found, columns));
    }

    int rows() {
        return rows;
    }

    /// Where the next one begins, once all columns are read.
    int end() {
        return at;
    }

    /// @param starts where each begins, behind its length
    record Texts(byte[] bytes, int[] starts, int[] ends) {
        String text(int row) {
            return new String(bytes, starts[row], ends[row] - starts[row], StandardCharsets.UTF_8);
        }

        /// @param multiplier odd; where nobody knows it, nobody can choose texts that have the same hash
        long hash(int row, long multiplier) {
            long hash = 0;
            for (int i = starts[row]; i < ends[row]; i++) hash = hash * multiplier + bytes[i];
            return hash;
        }

        boolean isSame(int row, Texts other, int otherRow) {
            return Arrays.equals(
                    bytes, starts[row], ends[row], other.bytes, other.starts[otherRow], other.ends[otherRow]);
        }

        /// The number that the text says; null where it says none.
        @Nullable
        BigDecimal decimal(int row) {
            return DecimalText.read(bytes, starts[row], ends[row]);
        }

        /// The same as a [ShortDecimal], if it is one.
        long shortDecimal(int row) {
            return ShortDecimal.read(bytes, starts[row], ends[row]);
        }

        boolean isEmpty(int row) {
            return starts[row] == ends[row];
        }
    }

    /// @param keys the different texts
    /// @param places of each row that of its key, in so many bytes
    record Choices(String[] keys, int rows, ByteBuffer places, int width) {
        String text(int row) {
            return keys[place(row)];
        }

        private int place(int row) {
            return switch (width) {
                case 1 -> places.get(row) & 0xFF;
                case 2 -> places.getChar(2 * row);
                default -> places.getInt(4 * row);
            };
        }

        /// Of each row what stands for its key.
        int[] ofRows(int[] ofKeys) {
            var ofRows = new int[rows];
            // All of one width in one loop: it is looked at once.
            switch (width) {
                case 1 -> {
                    for (int row = 0; row < rows; row++) ofRows[row] = ofKeys[places.get(row) & 0xFF];
                }
                case 2 -> {
                    for (int row = 0; row < rows; row++) ofRows[row] = ofKeys[places.getChar(2 * row)];
                }
                default -> {
                    for (int row = 0; row < rows; row++) ofRows[row] = ofKeys[places.getInt(4 * row)];
                }
            }
            return ofRows;
        }
    }

    /// Values of one byte.
    ///
    /// @param type as ClickHouse names it, such as `UInt8`
    byte[] bytes(String type) {
        column(type);
        return Arrays.copyOfRange(bytes, skip(rows), at);
    }

    /// Values of four bytes.
    int[] ints(String type) {
        column(type);
        var ints = new int[rows];
        next(rows * Integer.BYTES).asIntBuffer().get(ints);
        return ints;
    }

    /// Values of eight bytes.
    long[] longs(String type) {
        return longs(type, 1);
    }

    /// Values of so many times eight bytes, one behind the other.
    long[] longs(String type, int perValue) {
        column(type);
        return longs(rows * perValue);
    }

    Texts texts() {
        column("String");
        return texts(rows);
    }

    Choices choices() {
        return choices(CHOICE);
    }

    /// A text that is missing is empty.
    Choices optionalChoices() {
        return choices(OPTIONAL_CHOICE);
    }

    private Choices choices(String type) {
        column(type);
        dictionaryVersion();
        return choices(rows);
    }

    private void column(String type) {
        name();
        var found = name();
        if (!found.equals(type)) throw new IllegalStateException("a column is %s, not %s".formatted(found, type));
    }

    private String name() {
        int length = number();
        return new String(bytes, skip(length), length, StandardCharsets.UTF_8);
    }

    private Choices choices(int count) {
        if (count == 0) return new Choices(new String[0], 0, next(0), 1);
        long kind = longs(1)[0];
        int width = 1 << (kind & 0xFF);
        if (width > Integer.BYTES || (kind & KEYS) != OWN_KEYS) {
            throw new IllegalStateException("an unknown kind of dictionary: " + kind);
        }
        var keys = new String[(int) longs(1)[0]];
        var texts = texts(keys.length);
        for (int i = 0; i < keys.length; i++) keys[i] = texts.text(i);
        skip(Long.BYTES);
        return new Choices(keys, count, next(count * width), width);
    }

    private void dictionaryVersion() {
        if (rows > 0 && longs(1)[0] != 1) throw new IllegalStateException("an unknown dictionary");
    }

    private Texts texts(int count) {
        if (areEmpty(count)) {
            at += count;
            return new Texts(bytes, NOWHERE, NOWHERE);
        }
        var starts = new int[count];
        var ends = new int[count];
        for (int i = 0; i < count; i++) {
            int length = number();
            starts[i] = at;
            ends[i] = at += length;
        }
        return new Texts(bytes, starts, ends);
    }

    /// Whether so many texts have no length, as in a column that hardly anybody fills: found out at once.
    private boolean areEmpty(int count) {
        return count <= NO_LENGTHS.length && Arrays.mismatch(bytes, at, at + count, NO_LENGTHS, 0, count) < 0;
    }

    private long[] longs(int count) {
        var longs = new long[count];
        next(count * Long.BYTES).asLongBuffer().get(longs);
        return longs;
    }

    private ByteBuffer next(int length) {
        return ByteBuffer.wrap(bytes, skip(length), length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Where what is skipped begins.
    private int skip(int length) {
        at += length;
        return at - length;
    }

    /// LEB128.
    private int number() {
        int number = 0;
        for (int shift = 0; ; shift += 7) {
            int next = bytes[at++];
            number |= (next & 0x7F) << shift;
            if (next >= 0) return number;
        }
    }
}
