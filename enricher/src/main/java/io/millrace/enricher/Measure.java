package io.millrace.enricher;

import io.millrace.rating.aggregation.Count;
import io.millrace.rating.expression.Expression;
import io.millrace.rating.expression.ExpressionEvent;
import io.millrace.rating.expression.ExpressionResult;
import io.millrace.rating.expression.ParseError;
import io.millrace.rating.expression.ParsedExpression;
import io.millrace.rating.money.Quantity;
import io.millrace.streams.RegisteredSchema;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/// Reads from an event what its metric measures, exactly; what cannot be read is refused, never taken for zero. An
/// event that passes is billable, so now its id is remembered.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Measure implements Processor<byte[], Object, byte[], Object> {
    private static final String OPERATION = "operation_type";

    private final RegisteredSchema schema;
    private final AvroWriter writer = new AvroWriter();

    private ProcessorContext<byte[], Object> context;
    private RememberedIds ids;
    private Repairs repairs;
    private Tally enriched;
    private Tally deadLettered;

    Measure(RegisteredSchema schema) {
        this.schema = schema;
    }

    @Override
    public void init(ProcessorContext<byte[], Object> context) {
        this.context = context;
        this.ids = RememberedIds.of(context);
        this.repairs = Repairs.of(context);
        this.enriched = Tally.of(context, Tally.ENRICHED);
        this.deadLettered = Tally.of(context, Tally.DEAD_LETTERED);
    }

    @Override
    public void process(Record<byte[], Object> record) {
        var known = (Attribution.Known) record.value();
        var event = known.event();
        Measured measured;
        try {
            measured = measure(known);
        } catch (Refused refused) {
            var refusal = record.<Object>withValue(Refusal.of(event, refused.reason, refused.sentence));
            switch (event.past()) {
                case Past.None _ -> context.forward(refusal, EnricherTopology.DEAD_LETTER);
                case Past.Enriched _ -> context.forward(refusal, EnricherTopology.RETRACT);
                case Past.Refused _ -> {} // it has its dead letter
            }
            return;
        }
        if (!(event.past() instanceof Past.Enriched)) {
            if (!event.isRemembered()) ids.remember(event);
            enriched.increase();
            if (event.past() instanceof Past.Refused) deadLettered.decrease();
        }
        repairs.noteEnriched(event);
        // New records: withValue copies headers, and here there are none.
        context.forward(new Record<>(record.key(), encode(measured), record.timestamp()), EnricherTopology.TO_ENRICHED);
        context.forward(new Record<>(record.key(), measured, record.timestamp()), EnricherTopology.EXPAND);
    }

    /// The fields in the order of `enriched_event.avsc`.
    private byte[] encode(Measured measured) {
        var event = measured.event();
        writer.value(schema.id());
        event.writeHead(writer);
        var attribution = measured.attribution();
        writer.bytes(attribution.agreement().subscriptionId())
                .bytes(attribution.terms().enriched());
        measured.writeMeasure(writer);
        event.writeProperties(writer);
        event.writeSource(writer);
        measured.writeOrigin(writer);
        return writer.toByteArray();
    }

    private Measured measure(Attribution.Known known) throws Refused {
        var metric = known.terms().metric();
        var event = known.event().event();
        var field = metric.fieldName();
        if (metric.aggregation() instanceof Count) return measured(known, event, "1", null);
        if (field == null) {
            throw new Refused(
                    Reason.VALUE_MISSING,
                    "metric %s does not say which property it measures".formatted(Refusal.quote(metric.code())));
        }
        if (metric.expression() != null) event = event.with(field, computed(metric.expression(), event));
        var text = event.property(field);
        if (text == null) {
            throw new Refused(Reason.VALUE_MISSING, "property %s is absent".formatted(Refusal.quote(field)));
        }
        return metric.aggregation().countsTexts()
                ? measured(known, event, text, operation(event))
                : measured(known, event, decimal(field, text), null);
    }

    private Measured measured(Attribution.Known known, RawEventView event, String value, @Nullable String operation)
            throws Refused {
        return new Measured(known, event, value, operation, price(event), version(known.event()));
    }

    private long version(IncomingEvent event) {
        return 1
                + (event.past() instanceof Past.Enriched(var earlier)
                        ? earlier.getEnrichmentVersion()
                        : repairs.retracted().version(ids.fingerprint(event)));
    }

    /// What the metric's expression makes of the event, as it is stored in the property that is measured.
    private static String computed(ParsedExpression parsed, RawEventView event) throws Refused {
        return switch (parsed) {
            case ParseError error ->
                throw new Refused(Reason.EXPRESSION_FAILED, "the metric's expression, " + error.message());
            case Expression expression ->
                switch (expression.evaluate(new ExpressionEvent(event.code(), event.timestamp(), event.properties()))) {
                    case ExpressionResult.Text(var text) -> text;
                    case ExpressionResult.Failure failure ->
                        throw new Refused(Reason.EXPRESSION_FAILED, failure.message());
                    case ExpressionResult.Number number ->
                        switch (number.quantity()) {
                            case Quantity.Exact(var value) -> Quantity.print(value);
                            case Quantity.Refusal refusal ->
                                throw new Refused(
                                        reason(refusal), "the result of the metric's expression " + refusal.sentence());
                        };
                };
        };
    }

    private static String operation(RawEventView event) throws Refused {
        var operation = event.property(OPERATION);
        return switch (operation) {
            case null -> "add";
            case "add", "remove" -> operation;
            default ->
                throw new Refused(
                        Reason.OPERATION_UNKNOWN,
                        "property %s is %s and must be add or remove".formatted(OPERATION, Refusal.quote(operation)));
        };
    }

    private static String decimal(String field, String text) throws Refused {
        if (Quantity.isPrinted(text)) return text;
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

    private static @Nullable String price(RawEventView event) throws Refused {
        var cents = event.preciseTotalAmountCents();
        if (cents == null || Quantity.isPrinted(cents)) return cents;
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
