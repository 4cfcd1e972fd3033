package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Every event of an aggregation of which nothing less can be kept if events are to be taken back: whatever
/// is taken back, an older event that it had covered may count again.
///
/// Takes the memory of all its events, and time in proportion to them: for the correction of a group, not
/// for a stream.
///
/// @param of what the events are units of
/// @param kept in order of time and arrival
public record KeptEvents(Aggregation of, List<UsageEvent> kept) implements RetractableState {

    private static final String FORM = "events/1";

    public KeptEvents {
        kept = kept.stream().sorted(UsageEvent.IN_ORDER).toList();
    }

    static KeptEvents read(Aggregation of, String text) {
        var fields = new StateText.Reader(FORM, text);
        List<UsageEvent> events = new ArrayList<>();
        while (fields.hasMore()) {
            events.add(fields.event());
        }
        return new KeptEvents(of, events);
    }

    @Override
    public KeptEvents add(UsageEvent event) {
        List<UsageEvent> next = new ArrayList<>(kept);
        next.add(event);
        return new KeptEvents(of, next);
    }

    @Override
    public KeptEvents remove(UsageEvent event) {
        int at = Collections.binarySearch(kept, event, UsageEvent.IN_ORDER);
        if (at < 0) {
            throw new IllegalArgumentException("The event was not added: " + event);
        }
        List<UsageEvent> next = new ArrayList<>(kept);
        next.remove(at);
        return new KeptEvents(of, next);
    }

    @Override
    public BigDecimal units() {
        return of.units(kept);
    }

    @Override
    public BigDecimal fullUnits() {
        return of.fullUnits(kept);
    }

    @Override
    public long events() {
        return kept.size();
    }

    @Override
    public String print() {
        StateText text = new StateText(FORM);
        kept.forEach(text::with);
        return text.toString();
    }
}
