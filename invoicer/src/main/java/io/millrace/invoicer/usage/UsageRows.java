package io.millrace.invoicer.usage;

import static java.math.BigDecimal.ZERO;

import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.usage.UsageQuery.Asked;
import io.millrace.invoicer.usage.UsageQuery.Question;
import io.millrace.rating.aggregation.UniqueCount.Presence;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the rows of `usage_rows.sql` add up to: the same as `usage.sql` says, for few rows and in half the time.
///
/// ```
///  rows, in all their versions ─▶ the version of each event that stands ─▶ the tally of its line
/// ```
///
/// Of 100,000 rows each nanosecond counts: nothing is made for a row that can be made for many.
final class UsageRows {
    /// With more rows, of some hundred bytes each, it is quicker and takes less memory to let ClickHouse add them up.
    static final int MOST = 200_000;

    private static final int COLUMNS = 16;
    /// A row's version is that of its enrichment and, in so many bits, what its raw offset leaves of the largest.
    private static final long OFFSETS = (1L << 44) - 1;

    /// Odd, and another one in each process: no producer can choose ids that meet in one place.
    private static final long MULTIPLIER = new SecureRandom().nextLong() | 1;

    private final byte[] answer;
    private final Set<String> asked;
    private final Set<String> countedAsTexts;
    private final long periodFrom;

    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> texts = new ArrayList<>();

    private final List<Block> blocks = new ArrayList<>();
    private int count;
    private boolean anyRepeats;

    private UsageRows(byte[] answer, Question question) {
        this.answer = answer;
        this.asked = new HashSet<>(question.subscriptions().stream()
                .map(Asked::subscriptionId)
                .map(UUID::toString)
                .toList());
        this.countedAsTexts = new HashSet<>(question.charges(ChargeUsage::countsTexts));
        this.periodFrom = UsageQuery.micros(question.period().from());
    }

    /// @param answer blocks of `usage_rows.sql`
    /// @return empty where it takes ClickHouse to add them up: there are more rows than `most`, or some event came
    /// again at another time, and may not count
    static Optional<List<UsageLine>> lines(byte[] answer, Question question, int most) {
        var rows = new UsageRows(answer, question);
        rows.read();
        return rows.count > most || rows.anyRepeats ? Optional.empty() : Optional.of(rows.lines());
    }

    /// Columns of the statement, but for the last; texts that are the same have the same number.
    ///
    /// @param superseded of rows that do not stand, once it is known
    private record Block(
            int rows,
            boolean[] superseded,
            int[] externalSubscriptions,
            int[] subscriptions,
            int[] charges,
            int[] filters,
            int[] groups,
            NativeBlock.Numbers timestamps,
            NativeBlock.Numbers versions,
            NativeBlock.Numbers partitions,
            NativeBlock.Numbers transactionUuids,
            NativeBlock.Texts transactions,
            NativeBlock.Numbers paidInAdvance,
            NativeBlock.Numbers deleted,
            NativeBlock.Texts values,
            NativeBlock.Choices operations,
            NativeBlock.Texts preciseAmounts) {}

    private void read() {
        for (int at = 0; at < answer.length; ) {
            var block = new NativeBlock(answer, at, COLUMNS);
            blocks.add(new Block(
                    block.rows(),
                    new boolean[block.rows()],
                    numbers(block.choices(), block.rows()),
                    numbers(block.choices(), block.rows()),
                    numbers(block.choices(), block.rows()),
                    numbers(block.choices(), block.rows()),
                    numbers(block.choices(), block.rows()),
                    block.numbers("DateTime64(6, 'UTC')", 8),
                    block.numbers("UInt64", 8),
                    block.numbers("Int32", 4),
                    block.numbers("UUID", 16),
                    block.texts(),
                    block.numbers("Bool", 1),
                    block.numbers("UInt8", 1),
                    block.texts(),
                    block.optionalChoices(),
                    block.texts()));
            anyRepeats |= block.rows() > 0 && block.numbers("UInt8", 1).whole(0) != 0;
            count += block.rows();
            at = block.end();
        }
    }

    private int[] numbers(NativeBlock.Choices choices, int rows) {
        var ofKeys = numbers(choices.keys());
        var ofRows = new int[rows];
        for (int row = 0; row < rows; row++) ofRows[row] = ofKeys[choices.key(row)];
        return ofRows;
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

    private List<UsageLine> lines() {
        supersede();
        var tallies = new HashMap<Line, Tally>();
        for (var block : blocks) {
            for (int row = 0; row < block.rows; row++) {
                if (block.superseded[row]) continue;
                if (block.deleted.whole(row) != 0 || block.paidInAdvance.whole(row) != 0) continue;
                var line = line(block, row);
                var tally = tallies.get(line);
                if (tally == null) tallies.put(line, tally = tally(line));
                tally.add(block, row);
            }
        }
        var lines = new ArrayList<UsageLine>();
        tallies.forEach((line, tally) -> {
            if (asked.contains(text(line.subscription())) && tally.isUsage()) lines.add(usage(line, tally));
        });
        return lines;
    }

    /// Finds the versions of events that do not stand. An event is told by its key in the table; its highest version
    /// stands, as where ClickHouse merges.
    private void supersede() {
        // By hash, each at the next free place; zero is none.
        var places = new long[Math.max(2, Integer.highestOneBit(count) << 2)];
        for (int number = 0; number < blocks.size(); number++) {
            var block = blocks.get(number);
            for (int row = 0; row < block.rows; row++) {
                int slot = hash(block, row) & places.length - 1;
                while (places[slot] != 0 && !isSame(block, row, block(places[slot]), row(places[slot]))) {
                    slot = slot + 1 & places.length - 1;
                }
                if (places[slot] != 0) {
                    var other = block(places[slot]);
                    int otherRow = row(places[slot]);
                    if (!isLater(block, row, other, otherRow)) {
                        block.superseded[row] = true;
                        continue;
                    }
                    other.superseded[otherRow] = true;
                }
                places[slot] = (number + 1L) << 32 | row;
            }
        }
    }

    private Block block(long place) {
        return blocks.get((int) (place >>> 32) - 1);
    }

    private static int row(long place) {
        return (int) place;
    }

    private static int hash(Block block, int row) {
        long hash = block.timestamps.whole(row) + block.charges[row];
        hash = hash * MULTIPLIER + block.transactionUuids.whole(row);
        hash = hash * MULTIPLIER + block.transactionUuids.upper(row);
        hash = (hash * MULTIPLIER + block.transactions.hash(row, MULTIPLIER)) * MULTIPLIER;
        return (int) (hash >>> Integer.SIZE);
    }

    private static boolean isSame(Block one, int row, Block other, int otherRow) {
        return one.timestamps.whole(row) == other.timestamps.whole(otherRow)
                && one.charges[row] == other.charges[otherRow]
                && one.externalSubscriptions[row] == other.externalSubscriptions[otherRow]
                && one.transactionUuids.whole(row) == other.transactionUuids.whole(otherRow)
                && one.transactionUuids.upper(row) == other.transactionUuids.upper(otherRow)
                && one.transactions.isSame(row, other.transactions, otherRow);
    }

    private static boolean isLater(Block one, int row, Block other, int otherRow) {
        return Long.compareUnsigned(one.versions.whole(row), other.versions.whole(otherRow)) > 0;
    }

    private record Line(int subscription, int charge, int filter, int group) {}

    private static Line line(Block block, int row) {
        return new Line(block.subscriptions[row], block.charges[row], block.filters[row], block.groups[row]);
    }

    private String text(int number) {
        return texts.get(number);
    }

    private Tally tally(Line line) {
        return new Tally(countedAsTexts.contains(text(line.charge())));
    }

    private UsageLine usage(Line line, Tally tally) {
        return new UsageLine(
                UUID.fromString(text(line.subscription())),
                UUID.fromString(text(line.charge())),
                Ids.parse(text(line.filter())).orElse(null),
                UsageQuery.group(text(line.group())),
                tally.totals());
    }

    /// What a line's events add up to.
    private final class Tally {
        private final boolean countsTexts;
        private final Map<String, Presence> presences = new HashMap<>();
        private long events;
        private long unique;
        private boolean isOfPeriod;
        private BigDecimal sum = ZERO;
        private @Nullable BigDecimal max;
        private BigDecimal latest = ZERO;
        private @Nullable Block latestBlock;
        private int latestRow;
        private BigDecimal preciseTotalAmountCents = ZERO;

        Tally(boolean countsTexts) {
            this.countsTexts = countsTexts;
        }

        void add(Block block, int row) {
            events++;
            isOfPeriod |= block.timestamps.whole(row) >= periodFrom;
            if (countsTexts) {
                addText(block, row);
            } else {
                addDecimal(block, row);
            }
            var preciseAmount = block.preciseAmounts.decimal(row);
            if (preciseAmount != null) preciseTotalAmountCents = preciseTotalAmountCents.add(preciseAmount);
        }

        private void addText(Block block, int row) {
            var event = new UsageEvent(
                    Instant.EPOCH.plus(block.timestamps.whole(row), ChronoUnit.MICROS),
                    offset(block, row),
                    block.values.text(row),
                    block.operations.text(row).equals("remove") ? Operation.REMOVE : Operation.ADD);
            var before = presences.get(event.value());
            var after = Presence.after(before, event);
            presences.put(event.value(), after);
            unique += Presence.change(before, after);
        }

        private void addDecimal(Block block, int row) {
            var value = block.values.decimal(row);
            if (value == null) return;
            sum = sum.add(value);
            if (max == null || value.compareTo(max) > 0) max = value;
            if (latestBlock == null || comesAfter(block, row, latestBlock, latestRow)) {
                latestBlock = block;
                latestRow = row;
                latest = value;
            }
        }

        /// A group that is empty and had no event in the period is none any more, as in the other statements.
        boolean isUsage() {
            return isOfPeriod || (countsTexts ? unique != 0 : sum.signum() != 0);
        }

        Measured.Totals totals() {
            return new Measured.Totals(
                    events,
                    Quantity.canonical(sum),
                    max == null ? ZERO : Quantity.canonical(max),
                    Quantity.canonical(latest),
                    unique,
                    Quantity.canonical(preciseTotalAmountCents));
        }
    }

    /// By time, then by arrival.
    private static boolean comesAfter(Block one, int row, Block other, int otherRow) {
        int order = Long.compare(one.timestamps.whole(row), other.timestamps.whole(otherRow));
        if (order == 0) order = Long.compare(offset(one, row), offset(other, otherRow));
        if (order == 0) order = Long.compare(one.partitions.whole(row), other.partitions.whole(otherRow));
        return order > 0;
    }

    private static long offset(Block block, int row) {
        return ~block.versions.whole(row) & OFFSETS;
    }
}
