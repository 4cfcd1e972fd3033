package io.millrace.invoicer.usage;

import io.millrace.rating.money.DecimalText;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The next block of an answer in ClickHouse's format `Native`: some rows, as columns that are read one after the
/// other.
///
/// No object is made for a row: a column knows where in the answer its values lie.
///
/// Source: ClickHouse, format `Native`, as it is without a protocol version: a block is the numbers of its columns and
/// rows, a column its name, its type and its values; little-endian.
final class NativeBlock {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

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

    /// Values of so many bytes each.
    record Numbers(byte[] bytes, int at, int width) {
        /// The number; of one with more than eight bytes, the lower ones. Below zero only where it has four and more.
        long whole(int row) {
            return switch (width) {
                case 1 -> bytes[at + row] & 0xFF;
                case 2 -> (short) SHORT.get(bytes, at + 2 * row) & 0xFFFF;
                case 4 -> (int) INT.get(bytes, at + 4 * row);
                default -> (long) LONG.get(bytes, at + width * row);
            };
        }

        /// The upper half of a value of 16 bytes.
        long upper(int row) {
            return (long) LONG.get(bytes, at + width * row + Long.BYTES);
        }
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
    }

    /// @param keys the different texts, of which each row has one
    record Choices(String[] keys, Numbers chosen) {
        int key(int row) {
            return (int) chosen.whole(row);
        }

        String text(int row) {
            return keys[key(row)];
        }

        /// Of each row what stands for its key.
        int[] ofRows(int[] ofKeys, int rows) {
            var ofRows = new int[rows];
            for (int row = 0; row < rows; row++) ofRows[row] = ofKeys[key(row)];
            return ofRows;
        }
    }

    /// @param type as ClickHouse names it, such as `UInt64`
    /// @param width bytes of a value
    Numbers numbers(String type, int width) {
        column(type);
        return skip(rows, width);
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
        at += length;
        return new String(bytes, at - length, length, StandardCharsets.UTF_8);
    }

    private Choices choices(int count) {
        if (count == 0) return new Choices(new String[0], skip(0, 1));
        long kind = skip(1, Long.BYTES).whole(0);
        int width = 1 << (kind & 0xFF);
        if (width > Integer.BYTES || (kind & KEYS) != OWN_KEYS) {
            throw new IllegalStateException("an unknown kind of dictionary: " + kind);
        }
        var keys = new String[(int) skip(1, Long.BYTES).whole(0)];
        var texts = texts(keys.length);
        for (int i = 0; i < keys.length; i++) keys[i] = texts.text(i);
        skip(1, Long.BYTES);
        return new Choices(keys, skip(count, width));
    }

    private void dictionaryVersion() {
        if (rows > 0 && skip(1, Long.BYTES).whole(0) != 1) throw new IllegalStateException("an unknown dictionary");
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

    private Numbers skip(int count, int width) {
        var numbers = new Numbers(bytes, at, width);
        at += count * width;
        return numbers;
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
