package io.millrace.charger;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.event.ChargedInAdvance;
import io.millrace.event.ExpandedEvent;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UniqueCount.Presence;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.charge.ChargedSoFar;
import io.millrace.rating.money.Quantity;
import io.millrace.registry.AvroDeserializer;
import io.millrace.streams.Configuration;
import io.millrace.streams.Encoder;
import io.millrace.streams.RegistryPatience;
import io.millrace.streams.Subscriptions;
import java.math.BigDecimal;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/// Charges an event what the price of its period's usage grew by.
///
/// The enricher has resolved the event by a plan's revision and a subscription that the charger may not have
/// seen yet: then the event waits, and with it all later ones of its subscription, so that they are charged
/// in order. A subscription's arrival releases them at once; for plans, which arrive elsewhere, they are
/// looked at in short intervals of wall-clock time. Who has waited too long becomes a dead letter; the wait
/// begins when the record was written, but not before this task has started.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Charge implements Processor<String, Object, String, Object> {
    private final Configuration configuration;
    private final AvroDeserializer<ExpandedEvent> events;
    private final Encoder<ChargedInAdvance> fees;
    private final RegistryPatience patience;
    private final WaitingLimits limits;
    private final Counter charged;

    private ProcessorContext<String, Object> context;
    private Subscriptions subscriptions;
    private RunningTotals totals;
    private WaitingEvents waiting;
    private long startedAt;
    private long changesSeen = -1;

    Charge(
            Configuration configuration,
            AvroDeserializer<ExpandedEvent> events,
            Encoder<ChargedInAdvance> fees,
            RegistryPatience patience,
            WaitingLimits limits,
            MeterRegistry meters) {
        this.configuration = configuration;
        this.events = events;
        this.fees = fees;
        this.patience = patience;
        this.limits = limits;
        this.charged = Counter.builder("millrace.charger.charged")
                .description("Fees written; after a failure some are counted again")
                .register(meters);
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.subscriptions = Subscriptions.of(context, configuration);
        this.totals = RunningTotals.of(context);
        this.waiting = WaitingEvents.of(context);
        this.startedAt = context.currentSystemTimeMs();
        context.schedule(limits.lookAgain(), PunctuationType.WALL_CLOCK_TIME, this::lookAgain);
    }

    @Override
    public void process(Record<String, Object> arrival) {
        switch (arrival.value()) {
            case IncomingEvent event when waiting.has(event.key()) -> waiting.add(event);
            case IncomingEvent event -> {
                if (!settle(event, false)) waiting.add(event);
            }
            case Subscriptions.Change change -> {
                subscriptions.forget(arrival.key());
                release(arrival.key(), context.currentSystemTimeMs());
            }
            default -> throw new IllegalStateException("neither an event nor a change: " + arrival.value());
        }
    }

    private void lookAgain(long now) {
        long changes = configuration.changes();
        boolean changed = changes != changesSeen;
        changesSeen = changes;
        for (var key : waiting.keys()) {
            if (changed || isOverdue(waiting.head(key), now)) release(key, now);
        }
    }

    /// Settles what can be settled, until the head has to wait on.
    private void release(String key, long now) {
        while (waiting.has(key)) {
            var head = waiting.head(key);
            var event = new IncomingEvent(Read.decode(events, patience, head), head);
            if (!settle(event, isOverdue(head, now))) return;
            waiting.removeHead(key);
        }
    }

    private boolean isOverdue(Origin origin, long now) {
        return now - Math.max(origin.appendedAt(), startedAt) >= limits.upTo().toMillis();
    }

    /// Charges the event or refuses it.
    ///
    /// @param isOverdue true where it may wait no longer
    /// @return false where it has to wait, untouched
    private boolean settle(IncomingEvent incoming, boolean isOverdue) {
        var event = incoming.event();
        var subscription = subscriptions.of(incoming.key(), event.getSubscriptionId(), event.getTimestamp());
        var plan = configuration.plan(event.getOrganizationId(), event.getPlanId(), event.getPlanRevision());
        if (subscription == null) {
            if (isOverdue) {
                refuse(
                        incoming,
                        Reason.SUBSCRIPTION_NOT_FOUND,
                        "subscription %s is not known".formatted(event.getSubscriptionId()));
            }
            return isOverdue;
        }
        if (plan == null) {
            if (isOverdue) {
                refuse(
                        incoming,
                        Reason.PLAN_NOT_FOUND,
                        "revision %d of plan %s is not known".formatted(event.getPlanRevision(), event.getPlanId()));
            }
            return isOverdue;
        }
        try {
            charge(incoming, Terms.of(event, plan, subscription));
        } catch (Terms.Unusable e) {
            refuse(incoming, e.reason(), String.valueOf(e.getMessage()));
        }
        return true;
    }

    private void charge(IncomingEvent incoming, Terms terms) throws Terms.Unusable {
        var total = RunningTotals.key(incoming, terms.period().from());
        var usage = usage(incoming, terms.aggregation());
        Presence before =
                usage.isCounted() ? totals.presence(total, usage.event().value()) : null;
        Presence after = usage.isCounted() ? Presence.after(before, usage.event()) : null;
        var contribution = after == null ? usage.quantity() : BigDecimal.valueOf(Presence.change(before, after));
        ChargedSoFar.Fee fee;
        try {
            fee = totals.get(total).charge(terms.model(), terms.currency(), contribution);
        } catch (ArithmeticException e) {
            throw new Terms.Unusable(
                    Reason.AMOUNT_OUT_OF_RANGE,
                    "the fees of the period would not fit a number of %s's minor unit"
                            .formatted(terms.currency().code()));
        }
        // Nothing is refused from here on, so that a refused event leaves no trace in the totals.
        totals.put(total, fee.after());
        if (after != null) totals.put(total, usage.event().value(), after);
        charged.increment();
        context.forward(
                new Record<>(
                        incoming.key(),
                        fees.encode(feeOf(incoming, terms, fee)),
                        incoming.origin().appendedAt()),
                ChargerTopology.TO_CHARGED);
    }

    /// What an event adds.
    ///
    /// @param quantity of no meaning where a text is counted
    /// @param isCounted true where the value is a text to be counted
    private record Measure(UsageEvent event, BigDecimal quantity, boolean isCounted) {}

    private static Measure usage(IncomingEvent incoming, Aggregation aggregation) throws Terms.Unusable {
        var event = incoming.event();
        var usage = new UsageEvent(
                event.getTimestamp(), event.getRawOffset(), event.getValue(), operation(event.getOperation()));
        if (aggregation instanceof UniqueCount) return new Measure(usage, BigDecimal.ZERO, true);
        return switch (Quantity.parse(event.getValue())) {
            case Quantity.Exact(BigDecimal value) -> new Measure(usage, value, false);
            case Quantity.Refusal refusal ->
                throw new Terms.Unusable(Reason.VALUE_INVALID, "value " + refusal.sentence());
        };
    }

    private static Operation operation(@Nullable String operation) throws Terms.Unusable {
        return switch (operation) {
            case null -> Operation.ADD;
            case "add" -> Operation.ADD;
            case "remove" -> Operation.REMOVE;
            default -> throw new Terms.Unusable(Reason.VALUE_INVALID, "operation is neither add nor remove");
        };
    }

    private static ChargedInAdvance feeOf(IncomingEvent incoming, Terms terms, ChargedSoFar.Fee fee) {
        var event = incoming.event();
        return ChargedInAdvance.newBuilder()
                .setOrganizationId(event.getOrganizationId())
                .setExternalSubscriptionId(event.getExternalSubscriptionId())
                .setTransactionId(event.getTransactionId())
                .setCode(event.getCode())
                .setTimestamp(event.getTimestamp())
                .setSubscriptionId(event.getSubscriptionId())
                .setPlanId(event.getPlanId())
                .setChargeId(event.getChargeId())
                .setChargeFilterId(event.getChargeFilterId())
                .setPlanRevision(event.getPlanRevision())
                .setGroupedBy(event.getGroupedBy())
                .setPeriodFrom(terms.period().from())
                .setPeriodTo(terms.period().to())
                .setUnits(Quantity.print(fee.units()))
                .setAmountCurrency(terms.currency().code())
                .setAmountCents(fee.amountCents())
                .setPreciseAmountCents(Quantity.print(terms.currency().preciseCents(fee.preciseAmount())))
                .setTotalUnits(Quantity.print(fee.after().units().highest()))
                .setTotalAmountCents(fee.after().amountCents())
                .setRawPartition(event.getRawPartition())
                .setRawOffset(event.getRawOffset())
                .setIngestedAt(event.getIngestedAt())
                .setEnrichmentVersion(event.getEnrichmentVersion())
                .setIsDeleted(false)
                .build();
    }

    private void refuse(IncomingEvent event, Reason reason, String message) {
        context.forward(
                new Record<>(
                        event.key(),
                        Refusal.of(event, reason, message),
                        event.origin().appendedAt()),
                ChargerTopology.DEAD_LETTER);
    }
}
