package io.millrace.invoicer.event;

import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.deadletter.DeadLetter;
import io.millrace.invoicer.deadletter.DeadLetterObjects;
import io.millrace.invoicer.deadletter.DeadLetterObjects.DeadLetterObject;
import io.millrace.invoicer.deadletter.DeadLetters;
import io.millrace.invoicer.invoice.BilledUsage;
import io.millrace.topic.Keys;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/// The way of an event from its records to the fees that it is in, or why it is in none.
///
/// ```
///  events_raw ─▶ fate of each record ─▶ enrichment ─▶ charges ─┬─▶ fee in advance
///                └─ duplicate, parked, dead letter             └─▶ fee and invoice
/// ```
@Singleton
class EventTraces {
    private final Events events;
    private final DeadLetters letters;
    private final DeadLetterObjects letterObjects;
    private final BilledUsage billed;
    private final InvoicerSettings settings;

    EventTraces(
            Events events,
            DeadLetters letters,
            DeadLetterObjects letterObjects,
            BilledUsage billed,
            InvoicerSettings settings) {
        this.events = events;
        this.letters = letters;
        this.letterObjects = letterObjects;
        this.billed = billed;
        this.settings = settings;
    }

    /// @param outcome of the event: that of its record that got furthest
    /// @param records in the order of the topic
    /// @param otherExternalSubscriptionIds which use the same transaction id for events of their own
    /// @param refusedByCharger why it has no fee, or another than it would have now, in a charge paid in
    /// advance
    @Wire
    record TraceObject(
            String lagoId,
            String transactionId,
            String externalSubscriptionId,
            List<String> otherExternalSubscriptionIds,
            String outcome,
            List<RecordObject> records,
            List<DeadLetterObject> refusedByCharger) {}

    /// @param id place in `events_raw`, such as `3-1234`
    /// @param duplicateOf the record that had the transaction id
    /// @param sentAgainAs the record under the right key
    /// @param timestamp event time; exact
    /// @param takenAt when the broker took it; exact
    /// @param deadLetter also of a record that counts since: what it was before
    @Wire
    record RecordObject(
            String id,
            String outcome,
            @Nullable String duplicateOf,
            @Nullable String sentAgainAs,
            String code,
            String timestamp,
            @Nullable String preciseTotalAmountCents,
            Map<String, String> properties,
            String source,
            String takenAt,
            @Nullable DeadLetterObject deadLetter,
            @Nullable EnrichmentObject enrichment) {}

    /// @param ingestedAt the first time, however often it was sent again; exact
    @Wire
    record EnrichmentObject(
            long version,
            String lagoSubscriptionId,
            String lagoPlanId,
            String aggregationType,
            String value,
            @Nullable String operation,
            String ingestedAt,
            List<ChargeObject> charges) {}

    /// @param counted false where the event was charged in advance and has been moved elsewhere since
    /// @param state see [State]
    /// @param fee that the event is in, with all other usage of its charge, filter and group
    /// @param invoice of the event's period
    @Wire
    record ChargeObject(
            String lagoChargeId,
            @Nullable String lagoChargeFilterId,
            Map<String, String> groupedBy,
            long planRevision,
            boolean payInAdvance,
            boolean counted,
            String state,
            @Nullable FeeInAdvanceObject feeInAdvance,
            @Nullable FeeObject fee,
            @Nullable InvoiceObject invoice) {}

    /// How far the event's usage in a charge is on its way to the customer.
    enum State {
        /// Its period is not billed yet, or the charger has not seen it yet.
        PENDING,
        /// It is in a fee of an invoice.
        BILLED,
        /// It came when its period was billed, and is on no invoice.
        LATE,
        /// It has a fee of its own.
        CHARGED,
        /// The charger refused it.
        REFUSED
    }

    @Wire
    record FeeInAdvanceObject(
            long amountCents,
            String amountCurrency,
            @Nullable String preciseAmountCents,
            @Nullable String units,
            String fromDate,
            String toDate,
            @Nullable String totalUnits,
            long totalAmountCents) {}

    @Wire
    record FeeObject(String lagoId, long amountCents, String amountCurrency, long eventsCount) {}

    /// @param parkedEventsCount events of the period that waited when it was billed; they are in none of
    /// its fees
    @Wire
    record InvoiceObject(String lagoId, String number, long parkedEventsCount) {}

    /// Of an event's records the one that says what it is: the one that counts, or else that waits, or else
    /// the last.
    ///
    /// @param records of one event, not empty
    TakenEvent telling(UUID organization, List<TakenEvent> records) {
        var told = Told.of(this, organization, records);
        return told.furthest();
    }

    /// @param records of one event, not empty
    TraceObject trace(UUID organization, List<TakenEvent> records, List<String> otherExternalSubscriptionIds) {
        var told = Told.of(this, organization, records);
        var charges = events.charges(organization, records);
        var inAdvance = events.feesInAdvance(organization, records);
        var byCharger = told.letters.stream().filter(letter -> !letter.isRaw()).toList();
        var shown = new ArrayList<RecordObject>();
        told.fates.forEach((record, fate) -> {
            var enrichment = switch (fate) {
                case Fate.Enriched enriched -> enriched.enrichment();
                case Fate.Retracted retracted -> retracted.enrichment();
                case Fate.Duplicate duplicate -> duplicate.enrichment();
                case Fate.Parked _, Fate.DeadLettered _, Fate.SentUnderRightKey _ -> null;
            };
            var chargeObjects = new ArrayList<ChargeObject>();
            if (enrichment != null) {
                chargeObjects.addAll(charges(organization, record, charges, inAdvance, !byCharger.isEmpty()));
                if (fate instanceof Fate.Duplicate) chargeObjects.removeIf(charge -> !charge.payInAdvance());
            }
            shown.add(object(record, fate, told.letter(record), enrichment, chargeObjects));
        });
        var first = records.getFirst();
        return new TraceObject(
                EventObjects.id(organization, first),
                first.transactionId(),
                first.externalSubscriptionId(),
                otherExternalSubscriptionIds,
                told.fate(told.furthest()).outcome(),
                shown,
                byCharger.stream().map(letterObjects::brief).toList());
    }

    /// What is stored of an event, and what that says of each of its records.
    private record Told(Map<TakenEvent, Fate> fates, List<DeadLetter> letters) {
        static Told of(EventTraces traces, UUID organization, List<TakenEvent> records) {
            var first = records.getFirst();
            var letters = traces.letters.ofEvent(organization, first.externalSubscriptionId(), first.transactionId());
            var raw = letters.stream().filter(DeadLetter::isRaw).toList();
            var enrichments = traces.events.enrichments(organization, records).values();
            var key = Keys.subscription(organization.toString(), first.externalSubscriptionId());
            return new Told(Fates.of(records, enrichments, raw, traces.partition(key)), letters);
        }

        Fate fate(TakenEvent record) {
            var fate = fates.get(record);
            if (fate == null) throw new IllegalStateException("every record has a fate");
            return fate;
        }

        @Nullable
        DeadLetter letter(TakenEvent record) {
            return letters.stream()
                    .filter(letter -> letter.id().equals(record.place().toString()))
                    .findFirst()
                    .orElse(null);
        }

        TakenEvent furthest() {
            var furthest = fates.keySet().iterator().next();
            for (var record : fates.keySet()) {
                if (rank(fate(record)) >= rank(fate(furthest))) furthest = record;
            }
            return furthest;
        }

        private static int rank(Fate fate) {
            return switch (fate) {
                case Fate.Enriched _ -> 5;
                case Fate.Parked _ -> 4;
                case Fate.Retracted _ -> 3;
                case Fate.DeadLettered _ -> 2;
                case Fate.Duplicate _ -> 1;
                case Fate.SentUnderRightKey _ -> 0;
            };
        }
    }

    /// As producers choose it.
    private int partition(String key) {
        return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % settings.eventPartitions();
    }

    private List<ChargeObject> charges(
            UUID organization,
            TakenEvent record,
            Collection<CountedCharge> charges,
            Collection<FeeInAdvance> inAdvance,
            boolean isRefused) {
        var shown = new ArrayList<ChargeObject>();
        var fees = new ArrayList<>(inAdvance);
        fees.removeIf(fee -> !fee.timestamp().equals(record.timestamp()));
        for (var charge : charges) {
            if (!charge.timestamp().equals(record.timestamp())) continue;
            var fee = fees.stream()
                    .filter(one -> one.chargeId().equals(charge.chargeId()))
                    .findFirst()
                    .orElse(null);
            if (fee != null) fees.remove(fee);
            shown.add(
                    charge.payInAdvance()
                            ? paidInAdvance(charge, fee, isRefused)
                            : inArrears(organization, record, charge));
        }
        for (var left : fees) {
            shown.add(new ChargeObject(
                    left.chargeId().toString(),
                    text(left.filterId()),
                    left.groupedBy(),
                    left.planRevision(),
                    true,
                    false,
                    state(State.CHARGED),
                    object(left),
                    null,
                    null));
        }
        return shown;
    }

    private static ChargeObject paidInAdvance(CountedCharge charge, @Nullable FeeInAdvance fee, boolean isRefused) {
        var state = fee != null ? State.CHARGED : isRefused ? State.REFUSED : State.PENDING;
        return object(charge, state, fee, null);
    }

    private ChargeObject inArrears(UUID organization, TakenEvent record, CountedCharge charge) {
        var usage = new BilledUsage.Usage(
                charge.subscriptionId(), charge.timestamp(), charge.chargeId(), charge.filterId(), charge.groupedBy());
        var invoiced = billed.find(organization, usage).orElse(null);
        if (invoiced == null) return object(charge, State.PENDING, null, null);
        boolean isIn = invoiced.fee() != null
                && invoiced.covers(record.place().partition(), record.place().offset());
        return object(charge, isIn ? State.BILLED : State.LATE, null, invoiced);
    }

    private static ChargeObject object(
            CountedCharge charge, State state, @Nullable FeeInAdvance fee, BilledUsage.@Nullable Invoiced invoiced) {
        return new ChargeObject(
                charge.chargeId().toString(),
                text(charge.filterId()),
                charge.groupedBy(),
                charge.planRevision(),
                charge.payInAdvance(),
                true,
                state(state),
                fee == null ? null : object(fee),
                invoiced == null || state != State.BILLED ? null : object(invoiced.fee()),
                invoiced == null
                        ? null
                        : new InvoiceObject(
                                invoiced.invoiceId().toString(), invoiced.number(), invoiced.parkedEvents()));
    }

    private static @Nullable FeeObject object(BilledUsage.@Nullable BilledFee fee) {
        return fee == null
                ? null
                : new FeeObject(fee.id().toString(), fee.amountCents(), fee.amountCurrency(), fee.eventsCount());
    }

    private static FeeInAdvanceObject object(FeeInAdvance fee) {
        return new FeeInAdvanceObject(
                fee.amountCents(),
                fee.amountCurrency(),
                decimal(fee.preciseAmountCents()),
                decimal(fee.units()),
                Shown.time(fee.period().from()),
                Shown.end(fee.period().to()),
                decimal(fee.totalUnits()),
                fee.totalAmountCents());
    }

    private RecordObject object(
            TakenEvent record,
            Fate fate,
            @Nullable DeadLetter letter,
            @Nullable Enrichment enrichment,
            List<ChargeObject> charges) {
        return new RecordObject(
                record.place().toString(),
                fate.outcome(),
                fate instanceof Fate.Duplicate duplicate ? duplicate.of().toString() : null,
                fate instanceof Fate.SentUnderRightKey sent && sent.to() != null
                        ? sent.to().toString()
                        : null,
                record.code(),
                record.timestamp().toString(),
                record.preciseTotalAmountCents(),
                record.properties(),
                record.source(),
                record.takenAt().toString(),
                letter == null ? null : letterObjects.brief(letter),
                enrichment == null
                        ? null
                        : new EnrichmentObject(
                                enrichment.version(),
                                enrichment.subscriptionId().toString(),
                                enrichment.planId().toString(),
                                enrichment.aggregationType(),
                                enrichment.value(),
                                enrichment.operation(),
                                enrichment.ingestedAt().toString(),
                                charges));
    }

    private static String state(State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String decimal(@Nullable BigDecimal value) {
        return value == null ? null : Shown.decimal(value);
    }

    private static @Nullable String text(@Nullable UUID id) {
        return id == null ? null : id.toString();
    }
}
