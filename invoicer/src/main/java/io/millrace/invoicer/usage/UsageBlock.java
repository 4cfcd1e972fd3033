package io.millrace.invoicer.usage;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Some rows of `usage_rows.sql`, each a version of an event, as columns.
///
/// @param superseded of versions that do not stand, once it is known
/// @param timestamps microseconds since 1970
/// @param transactionUuids two of each row: both halves of its UUID
/// @param repeats whether some event of the row's subscription came again at another time
record UsageBlock(
        int rows,
        boolean[] superseded,
        int[] externalSubscriptions,
        int[] subscriptions,
        int[] charges,
        int[] filters,
        int[] groups,
        long[] timestamps,
        long[] versions,
        int[] partitions,
        long[] transactionUuids,
        NativeBlock.Texts transactions,
        byte[] paidInAdvance,
        byte[] deleted,
        NativeBlock.Texts values,
        NativeBlock.Choices operations,
        NativeBlock.Texts preciseAmounts,
        byte[] repeats) {

    private static final int COLUMNS = 16;
    /// A row's version is that of its enrichment and, in so many bits, what its raw offset leaves of the largest.
    private static final long OFFSETS = (1L << 44) - 1;

    /// Odd, and another one in each process: no producer can choose ids that meet in one place.
    private static final long MULTIPLIER = new SecureRandom().nextLong() | 1;

    /// Numbers for the texts of an answer: the same for the same, whichever block they are in.
    static final class Texts {
        private final Map<String, Integer> numbers = new HashMap<>();
        private final List<String> texts = new ArrayList<>();

        String text(int number) {
            return texts.get(number);
        }

        private int[] numbers(NativeBlock.Choices choices) {
            return choices.ofRows(numbers(choices.keys()));
        }

        private int[] numbers(String[] keys) {
            var ofKeys = new int[keys.length];
            for (int i = 0; i < keys.length; i++) {
                ofKeys[i] = numbers.computeIfAbsent(keys[i], text -> {
                    texts.add(text);
                    return texts.size() - 1;
                });
            }
            return ofKeys;
        }
    }

    /// All blocks of an answer.
    static List<UsageBlock> read(byte[] answer, Texts texts) {
        var blocks = new ArrayList<UsageBlock>();
        for (int at = 0; at < answer.length; ) {
            var block = new NativeBlock(answer, at, COLUMNS);
            blocks.add(of(block, texts));
            at = block.end();
        }
        return blocks;
    }

    private static UsageBlock of(NativeBlock block, Texts texts) {
        int rows = block.rows();
        return new UsageBlock(
                rows,
                new boolean[rows],
                texts.numbers(block.choices()),
                texts.numbers(block.choices()),
                texts.numbers(block.choices()),
                texts.numbers(block.choices()),
                texts.numbers(block.choices()),
                block.longs("DateTime64(6, 'UTC')"),
                block.longs("UInt64"),
                block.ints("Int32"),
                block.longs("UUID", 2),
                block.texts(),
                block.bytes("Bool"),
                block.bytes("UInt8"),
                block.texts(),
                block.optionalChoices(),
                block.texts(),
                block.bytes("UInt8"));
    }

    boolean anyRepeats() {
        for (byte repeat : repeats) {
            if (repeat != 0) return true;
        }
        return false;
    }

    long offset(int row) {
        return ~versions[row] & OFFSETS;
    }

    /// Whether the row stands, and is to be paid for at the end of its period.
    boolean counts(int row) {
        return !superseded[row] && deleted[row] == 0 && paidInAdvance[row] == 0;
    }

    /// Of the event.
    int hash(int row) {
        long hash = timestamps[row] + charges[row];
        hash = hash * MULTIPLIER + transactionUuids[2 * row];
        hash = hash * MULTIPLIER + transactionUuids[2 * row + 1];
        hash = (hash * MULTIPLIER + transactions.hash(row, MULTIPLIER)) * MULTIPLIER;
        return (int) (hash >>> Integer.SIZE);
    }

    /// Whether two rows are versions of one event, which its key in the table tells.
    boolean isSame(int row, UsageBlock other, int otherRow) {
        return timestamps[row] == other.timestamps[otherRow]
                && charges[row] == other.charges[otherRow]
                && externalSubscriptions[row] == other.externalSubscriptions[otherRow]
                && transactionUuids[2 * row] == other.transactionUuids[2 * otherRow]
                && transactionUuids[2 * row + 1] == other.transactionUuids[2 * otherRow + 1]
                && transactions.isSame(row, other.transactions, otherRow);
    }

    /// Whether the row stands in place of another version of the same event, as where ClickHouse merges.
    boolean supersedes(int row, UsageBlock other, int otherRow) {
        return Long.compareUnsigned(versions[row], other.versions[otherRow]) > 0;
    }

    /// By time, then by arrival.
    boolean comesAfter(int row, UsageBlock other, int otherRow) {
        int order = Long.compare(timestamps[row], other.timestamps[otherRow]);
        if (order == 0) order = Long.compare(offset(row), other.offset(otherRow));
        if (order == 0) order = Integer.compare(partitions[row], other.partitions[otherRow]);
        return order > 0;
    }
}
