package io.millrace.invoicer.usage;

import static java.util.stream.Collectors.toSet;

import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.usage.UsageQuery.Question;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

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

    private final UsageBlock.Texts texts = new UsageBlock.Texts();
    private final List<UsageBlock> blocks;
    private final int count;

    private UsageRows(byte[] answer) {
        this.blocks = UsageBlock.read(answer, texts);
        this.count = blocks.stream().mapToInt(UsageBlock::rows).sum();
    }

    /// @param answer blocks of `usage_rows.sql`
    /// @return empty where it takes ClickHouse to add them up: there are more rows than `most`, or some event came
    /// again at another time, and may not count
    static Optional<List<UsageLine>> lines(byte[] answer, Question question, int most) {
        var rows = new UsageRows(answer);
        if (rows.count > most || rows.blocks.stream().anyMatch(UsageBlock::anyRepeats)) return Optional.empty();
        rows.supersede();
        return Optional.of(rows.lines(question));
    }

    /// Finds the versions of events that do not stand.
    private void supersede() {
        // By hash, each at the next free place; zero is none.
        var places = new long[Math.max(2, Integer.highestOneBit(count) << 2)];
        for (int number = 0; number < blocks.size(); number++) {
            var block = blocks.get(number);
            for (int row = 0; row < block.rows(); row++) {
                int slot = block.hash(row) & places.length - 1;
                while (places[slot] != 0 && !block.isSame(row, block(places[slot]), row(places[slot]))) {
                    slot = slot + 1 & places.length - 1;
                }
                if (places[slot] != 0) {
                    var other = block(places[slot]);
                    int otherRow = row(places[slot]);
                    if (!block.supersedes(row, other, otherRow)) {
                        block.superseded()[row] = true;
                        continue;
                    }
                    other.superseded()[otherRow] = true;
                }
                places[slot] = (number + 1L) << 32 | row;
            }
        }
    }

    private UsageBlock block(long place) {
        return blocks.get((int) (place >>> 32) - 1);
    }

    private static int row(long place) {
        return (int) place;
    }

    private record Line(int subscription, int charge, int filter, int group) {}

    private List<UsageLine> lines(Question question) {
        var countedAsTexts = Set.copyOf(question.charges(ChargeUsage::countsTexts));
        long periodFrom = UsageQuery.micros(question.period().from());
        var tallies = new HashMap<Line, UsageTally>();
        for (var block : blocks) {
            for (int row = 0; row < block.rows(); row++) {
                if (!block.counts(row)) continue;
                var line = new Line(
                        block.subscriptions()[row], block.charges()[row], block.filters()[row], block.groups()[row]);
                var tally = tallies.get(line);
                if (tally == null) {
                    tally = new UsageTally(periodFrom, countedAsTexts.contains(texts.text(line.charge())));
                    tallies.put(line, tally);
                }
                tally.add(block, row);
            }
        }
        var asked = question.subscriptions().stream()
                .map(subscription -> subscription.subscriptionId().toString())
                .collect(toSet());
        var groups = new HashMap<Integer, Map<String, String>>();
        var lines = new ArrayList<UsageLine>();
        tallies.forEach((line, tally) -> {
            if (!asked.contains(texts.text(line.subscription())) || !tally.isUsage()) return;
            lines.add(new UsageLine(
                    UUID.fromString(texts.text(line.subscription())),
                    UUID.fromString(texts.text(line.charge())),
                    Ids.parse(texts.text(line.filter())).orElse(null),
                    groups.computeIfAbsent(line.group(), group -> UsageQuery.group(texts.text(group))),
                    tally.totals()));
        });
        return lines;
    }
}
