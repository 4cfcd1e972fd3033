package io.millrace.invoicer.usage;

import static java.math.BigDecimal.ZERO;

import io.millrace.rating.aggregation.UniqueCount.Presence;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the events of one line add up to, as `usage.sql` says.
final class UsageTally {
    private final long periodFrom;
    private final boolean countsTexts;
    private final Map<String, Presence> presences = new HashMap<>();
    private long events;
    private long unique;
    private boolean isOfPeriod;
    private BigDecimal sum = ZERO;
    private @Nullable BigDecimal max;
    private BigDecimal latest = ZERO;
    private @Nullable UsageBlock latestBlock;
    private int latestRow;
    private BigDecimal preciseTotalAmountCents = ZERO;

    /// @param periodFrom microseconds since 1970
    /// @param countsTexts whether values are texts that are present, rather than numbers
    UsageTally(long periodFrom, boolean countsTexts) {
        this.periodFrom = periodFrom;
        this.countsTexts = countsTexts;
    }

    void add(UsageBlock block, int row) {
        events++;
        isOfPeriod |= block.timestamp(row) >= periodFrom;
        if (countsTexts) {
            addText(block, row);
        } else {
            addDecimal(block, row);
        }
        var preciseAmount = block.preciseAmounts().decimal(row);
        if (preciseAmount != null) preciseTotalAmountCents = preciseTotalAmountCents.add(preciseAmount);
    }

    private void addText(UsageBlock block, int row) {
        var event = new UsageEvent(
                Instant.EPOCH.plus(block.timestamp(row), ChronoUnit.MICROS),
                block.offset(row),
                block.values().text(row),
                block.operations().text(row).equals("remove") ? Operation.REMOVE : Operation.ADD);
        var before = presences.get(event.value());
        var after = Presence.after(before, event);
        presences.put(event.value(), after);
        unique += Presence.change(before, after);
    }

    private void addDecimal(UsageBlock block, int row) {
        var value = block.values().decimal(row);
        if (value == null) return;
        sum = sum.add(value);
        if (max == null || value.compareTo(max) > 0) max = value;
        if (latestBlock == null || block.comesAfter(row, latestBlock, latestRow)) {
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
