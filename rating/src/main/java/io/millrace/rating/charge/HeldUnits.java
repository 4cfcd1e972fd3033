package io.millrace.rating.charge;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.aggregation.Latest;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.ProratedSum;
import io.millrace.rating.aggregation.ProratedUniqueCount;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.charge.Usage.EventUnits;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Prorated units event by event, in the order in which they fill the tiers of a graduated price.
///
/// ```
///  30 days                 sum               seats
///  before the period       5                 a, b             one entry: what stands when the period begins
///  day 16                  +3, 15/30         add c: +1, 15/30
///  day 21                  −4, −10/30        remove c: −1, −9/30, for the day of the removal counts
/// ```
///
/// An operation that changes nothing, such as the adding of a text that is there, is no entry. The entries add up
/// to the units, prorated and full.
final class HeldUnits {
    private final HeldDays days;
    private final List<UsageEvent> before;
    private final List<UsageEvent> during;
    private final List<EventUnits> entries = new ArrayList<>();

    private HeldUnits(HeldDays days, List<UsageEvent> events) {
        this.days = days;
        Map<Boolean, List<UsageEvent>> parts = events.stream()
                .sorted(UsageEvent.IN_ORDER)
                .collect(Collectors.partitioningBy(event -> days.isAfter(event.timestamp())));
        this.before = parts.getOrDefault(true, List.of());
        this.during = parts.getOrDefault(false, List.of());
    }

    /// Refuses an aggregation that is not prorated.
    static List<EventUnits> of(Aggregation aggregation, List<UsageEvent> events) {
        return switch (aggregation) {
            case ProratedSum sum -> new HeldUnits(sum.days(), events).ofValues();
            case ProratedUniqueCount count -> new HeldUnits(count.days(), events).ofTexts();
            case Count _, Sum _, Max _, Latest _, UniqueCount _, WeightedSum _ ->
                throw new IllegalArgumentException(aggregation.code() + " is not prorated");
        };
    }

    private List<EventUnits> ofValues() {
        add(new Sum().units(before), days.all());
        during.forEach(event -> add(event.quantity(), days.left(event.timestamp())));
        return entries;
    }

    /// @param isPresent whether it is there after its events so far
    /// @param uncounted days left on which it was not there yet
    private record Text(boolean isPresent, long uncounted) {}

    private List<EventUnits> ofTexts() {
        long all = days.all();
        Map<String, Text> texts = new HashMap<>();
        for (UsageEvent event : before) {
            boolean isAdded = event.operation() == Operation.ADD;
            texts.put(event.value(), new Text(isAdded, isAdded ? 0 : all));
        }
        add(BigDecimal.valueOf(texts.values().stream().filter(Text::isPresent).count()), all);
        for (UsageEvent event : during) {
            Text text = texts.getOrDefault(event.value(), new Text(false, all));
            boolean isAdded = event.operation() == Operation.ADD;
            if (isAdded == text.isPresent()) {
                continue;
            }
            long left = days.left(event.timestamp());
            long changed = isAdded ? Math.min(left, text.uncounted()) : Math.max(0, left - 1);
            add(isAdded ? BigDecimal.ONE : BigDecimal.ONE.negate(), changed);
            texts.put(event.value(), new Text(isAdded, isAdded ? 0 : changed));
        }
        return entries;
    }

    private void add(BigDecimal units, long daysHeld) {
        if (units.signum() != 0) {
            entries.add(new EventUnits(units, HeldDays.share(units, daysHeld, days.periodDays())));
        }
    }
}
