package io.millrace.invoicer.usage;

import static java.math.BigDecimal.ZERO;

import io.millrace.rating.aggregation.UniqueCount.Presence;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.money.Quantity;
import io.millrace.rating.money.ShortDecimal;
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
    private final DecimalSum sum = new DecimalSum();
    private final DecimalSum preciseTotalAmountCents = new DecimalSum();
    /// Of the short ones, and of all others.
    private long shortMax = ShortDecimal.NONE;
    private @Nullable BigDecimal max;
    private @Nullable UsageBlock latestBlock;
    private int latestRow;

    /// @param periodFrom microseconds since 1970
    /// @param countsTexts whether values are texts that are present, rather than numbers
    UsageTally(long periodFrom, boolean countsTexts) {
        this.periodFrom = periodFrom;
        this.countsTexts = countsTexts;
    }

    void add(UsageBlock block, int row) {
        events++;
        isOfPeriod |= block.timestamps()[row] >= periodFrom;
        if (countsTexts) {
            addText(block, row);
        } else {
            addDecimal(block, row);
        }
        if (!block.preciseAmounts().isEmpty(row)) addAmount(block, row);
    }

    private void addText(UsageBlock block, int row) {
        var event = new UsageEvent(
                Instant.EPOCH.plus(block.timestamps()[row], ChronoUnit.MICROS),
                block.offset(row),
                block.values().text(row),
                block.operations().text(row).equals("remove") ? Operation.REMOVE : Operation.ADD);
        var before = presences.get(event.value());
        var after = Presence.after(before, event);
        presences.put(event.value(), after);
        unique += Presence.change(before, after);
    }

    private void addDecimal(UsageBlock block, int row) {
        long decimal = block.values().shortDecimal(row);
        if (decimal != ShortDecimal.NONE) {
            sum.add(decimal);
            seeMax(decimal);
        } else {
            var value = block.values().decimal(row);
            if (value == null) return;
            sum.add(value);
            seeMax(value);
        }
        if (latestBlock == null || block.comesAfter(row, latestBlock, latestRow)) {
            latestBlock = block;
            latestRow = row;
        }
    }

    private void seeMax(long decimal) {
        if (shortMax == ShortDecimal.NONE) {
            shortMax = decimal;
        } else if (ShortDecimal.scale(decimal) == ShortDecimal.scale(shortMax)) {
            shortMax = Math.max(shortMax, decimal);
        } else if (ShortDecimal.toBigDecimal(decimal).compareTo(ShortDecimal.toBigDecimal(shortMax)) > 0) {
            shortMax = decimal;
        }
    }

    private void seeMax(BigDecimal value) {
        max = max == null ? value : max.max(value);
    }

    private void addAmount(UsageBlock block, int row) {
        var amount = block.preciseAmounts().decimal(row);
        if (amount != null) preciseTotalAmountCents.add(amount);
    }

    /// A group that is empty and had no event in the period is none any more, as in the other statements.
    boolean isUsage() {
        return isOfPeriod || (countsTexts ? unique != 0 : sum.total().signum() != 0);
    }

    Measured.Totals totals() {
        if (shortMax != ShortDecimal.NONE) seeMax(ShortDecimal.toBigDecimal(shortMax));
        return new Measured.Totals(
                events,
                Quantity.canonical(sum.total()),
                orZero(max),
                orZero(latestBlock == null ? null : latestBlock.values().decimal(latestRow)),
                unique,
                Quantity.canonical(preciseTotalAmountCents.total()));
    }

    private static BigDecimal orZero(@Nullable BigDecimal value) {
        return value == null ? ZERO : Quantity.canonical(value);
    }
}
