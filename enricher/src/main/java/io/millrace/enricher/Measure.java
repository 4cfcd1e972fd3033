package io.millrace.enricher;

import io.millrace.event.EnrichedEvent;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.money.Quantity;
import io.millrace.streams.Encoder;
import io.millrace.streams.MetricInForce;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/// Reads from an event what its metric measures, exactly; what cannot be read is refused, never taken for zero. An
/// event that passes is billable, so now its id is remembered.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Measure implements Processor<String, Object, String, Object> {
    private static final long FIRST_ENRICHMENT = 1;
    private static final String OPERATION = "operation_type";

    private final Encoder<EnrichedEvent> encoder;
    private final Duration horizon;

    private ProcessorContext<String, Object> context;
    private RememberedIds ids;
    private Tally enriched;

    Measure(Encoder<EnrichedEvent> encoder, Duration horizon) {
        this.encoder = encoder;
        this.horizon = horizon;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.ids = RememberedIds.of(context, horizon);
        this.enriched = Tally.of(context, Tally.ENRICHED);
    }

    @Override
    public void process(Record<String, Object> record) {
        var known = (Attribution.Known) record.value();
        var event = known.event();
        var raw = event.event();
        Measurement measurement;
        String price;
        try {
            measurement = measure(known.metric(), raw.getProperties());
            price = price(raw.getPreciseTotalAmountCents());
        } catch (Refused refused) {
            var refusal = Refusal.of(event, refused.reason, refused.sentence);
            context.forward(record.withValue(refusal), EnricherTopology.DEAD_LETTER);
            return;
        }
        if (!event.isRemembered()) ids.remember(event);
        enriched.increase();
        var result = EnrichedEvent.newBuilder()
                .setOrganizationId(raw.getOrganizationId())
                .setExternalSubscriptionId(raw.getExternalSubscriptionId())
                .setTransactionId(raw.getTransactionId())
                .setCode(raw.getCode())
                .setTimestamp(raw.getTimestamp())
                .setSubscriptionId(known.subscription().getSubscriptionId())
                .setPlanId(known.plan().planId())
                .setAggregationType(known.metric().aggregation().code())
                .setValue(measurement.value())
                .setOperation(measurement.operation())
                .setPreciseTotalAmountCents(price)
                .setProperties(raw.getProperties())
                .setSource(raw.getSource())
                .setRawPartition(event.origin().partition())
                .setRawOffset(event.origin().offset())
                .setIngestedAt(Instant.ofEpochMilli(event.origin().ingestedAt()))
                .setEnrichmentVersion(FIRST_ENRICHMENT)
                .setIsDeleted(false)
                .build();
        context.forward(record.withValue(encoder.encode(result)), EnricherTopology.TO_ENRICHED);
        context.forward(record.withValue(new Measured(known, result)), EnricherTopology.EXPAND);
    }

    /// @param operation null but for a unique count
    private record Measurement(String value, @Nullable String operation) {}

    private static Measurement measure(MetricInForce metric, Map<String, String> properties) throws Refused {
        if (metric.expression() != null) {
            throw new Refused(
                    Reason.EXPRESSION_NOT_SUPPORTED,
                    "metric %s is computed by an expression".formatted(Refusal.quote(metric.code())));
        }
        if (metric.aggregation() instanceof Count) return new Measurement("1", null);
        var field = metric.fieldName();
        if (field == null) {
            throw new Refused(
                    Reason.VALUE_MISSING,
                    "metric %s does not say which property it measures".formatted(Refusal.quote(metric.code())));
        }
        var text = properties.get(field);
        if (text == null) {
            throw new Refused(Reason.VALUE_MISSING, "property %s is absent".formatted(Refusal.quote(field)));
        }
        return metric.aggregation().countsTexts()
                ? new Measurement(text, operation(properties))
                : new Measurement(decimal(field, text), null);
    }

    private static String operation(Map<String, String> properties) throws Refused {
        var operation = properties.getOrDefault(OPERATION, "add");
        return switch (operation) {
            case "add", "remove" -> operation;
            default ->
                throw new Refused(
                        Reason.OPERATION_UNKNOWN,
                        "property %s is %s and must be add or remove".formatted(OPERATION, Refusal.quote(operation)));
        };
    }

    private static String decimal(String field, String text) throws Refused {
        return switch (Quantity.parse(text)) {
            case Quantity.Exact(var value) -> Quantity.print(value);
            case Quantity.Refusal refusal ->
                throw new Refused(
                        reason(refusal),
                        "property %s, %s, %s".formatted(Refusal.quote(field), Refusal.quote(text), refusal.sentence()));
        };
    }

    private static Reason reason(Quantity.Refusal refusal) {
        return switch (refusal) {
            case EMPTY -> Reason.VALUE_MISSING;
            case TOO_LONG, NOT_A_NUMBER -> Reason.VALUE_NOT_A_NUMBER;
            case TOO_LARGE, TOO_PRECISE -> Reason.VALUE_OUT_OF_RANGE;
        };
    }

    private static @Nullable String price(@Nullable String cents) throws Refused {
        if (cents == null) return null;
        return switch (Quantity.parse(cents)) {
            case Quantity.Exact(var value) -> Quantity.print(value);
            case Quantity.Refusal refusal ->
                throw new Refused(
                        Reason.PRECISE_AMOUNT_INVALID,
                        "precise_total_amount_cents, %s, %s".formatted(Refusal.quote(cents), refusal.sentence()));
        };
    }

    /// Leaves the measurement; never leaves this node.
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final Reason reason;
        private final String sentence;

        Refused(Reason reason, String sentence) {
            super(sentence, null, false, false);
            this.reason = reason;
            this.sentence = sentence;
        }
    }
}
