package io.millrace.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.micronaut.http.HttpStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Bodies of answers, in the contract's words.
final class Answers {
    private static final JsonFactory JSON = new JsonFactory();

    // The contract's milliseconds, and microseconds where an event has them.
    private static final DateTimeFormatter EVENT_TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 3, 6, true)
            .appendLiteral('Z')
            .toFormatter()
            .withZone(ZoneOffset.UTC);

    private Answers() {}

    private interface Writing {
        void write(JsonGenerator json) throws IOException;
    }

    static byte[] event(Submission.Accepted event, Instant createdAt) {
        return json(json -> {
            json.writeStartObject();
            json.writeFieldName("event");
            write(event, createdAt, json);
            json.writeEndObject();
        });
    }

    static byte[] events(List<Submission.Accepted> events, Instant createdAt) {
        return json(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("events");
            for (var event : events) write(event, createdAt, json);
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    static byte[] refusal(IngestRefusal refusal) {
        return json(json -> {
            json.writeStartObject();
            json.writeNumberField("status", refusal.status().getCode());
            switch (refusal) {
                case IngestRefusal.BadRequest bad -> json.writeStringField("error", "BadRequest: " + bad.getMessage());
                case IngestRefusal.Unauthorized unauthorized -> json.writeStringField("error", reason(unauthorized));
                case IngestRefusal.TooLarge tooLarge -> json.writeStringField("error", reason(tooLarge));
                case IngestRefusal.Unavailable unavailable -> json.writeStringField("error", reason(unavailable));
                case IngestRefusal.Forbidden forbidden -> {
                    json.writeStringField("error", reason(forbidden));
                    json.writeStringField("code", "write_action_not_allowed_for_event");
                }
                case IngestRefusal.TooOften tooOften -> {
                    json.writeStringField("error", reason(tooOften));
                    json.writeStringField("code", "rate_limit_exceeded");
                }
                case IngestRefusal.Invalid invalid -> {
                    json.writeStringField("error", reason(invalid));
                    json.writeStringField("code", "validation_errors");
                    json.writeFieldName("error_details");
                    write(invalid.details(), json);
                    if (!invalid.accepted().isEmpty()) {
                        json.writeFieldName("accepted");
                        write(invalid.accepted(), json);
                    }
                }
            }
            json.writeEndObject();
        });
    }

    /// What the server itself refuses before a request is ours to refuse.
    static byte[] error(HttpStatus status) {
        return json(json -> {
            json.writeStartObject();
            json.writeNumberField("status", status.getCode());
            json.writeStringField(
                    "error",
                    status == HttpStatus.BAD_REQUEST ? "BadRequest: request cannot be read" : status.getReason());
            if (status == HttpStatus.NOT_FOUND) json.writeStringField("code", "object_not_found");
            if (status == HttpStatus.METHOD_NOT_ALLOWED) json.writeStringField("code", "method_not_allowed");
            json.writeEndObject();
        });
    }

    private static String reason(IngestRefusal refusal) {
        return refusal.status().getReason();
    }

    private static void write(Submission.Accepted accepted, Instant createdAt, JsonGenerator json) throws IOException {
        var event = accepted.event();
        json.writeStartObject();
        json.writeStringField("lago_id", id(accepted).toString());
        json.writeStringField("transaction_id", event.getTransactionId());
        json.writeNullField("lago_customer_id");
        json.writeStringField("code", event.getCode());
        json.writeStringField("timestamp", EVENT_TIME.format(event.getTimestamp()));
        json.writeFieldName("precise_total_amount_cents");
        var amount = event.getPreciseTotalAmountCents();
        if (amount == null) {
            json.writeNull();
        } else {
            json.writeString(amount);
        }
        json.writeFieldName("properties");
        json.writeRawValue(accepted.propertiesJson());
        json.writeNullField("lago_subscription_id");
        json.writeStringField("external_subscription_id", event.getExternalSubscriptionId());
        json.writeStringField(
                "created_at", createdAt.truncatedTo(ChronoUnit.SECONDS).toString());
        json.writeEndObject();
    }

    /// The same for the same event, however often it is sent: made from its identity.
    private static UUID id(Submission.Accepted accepted) {
        var event = accepted.event();
        var identity = String.join(
                "/", event.getOrganizationId(), event.getExternalSubscriptionId(), event.getTransactionId());
        return UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Object value, JsonGenerator json) throws IOException {
        switch (value) {
            case Map<?, ?> map -> {
                json.writeStartObject();
                for (var entry : map.entrySet()) {
                    json.writeFieldName(entry.getKey().toString());
                    write(entry.getValue(), json);
                }
                json.writeEndObject();
            }
            case List<?> list -> {
                json.writeStartArray();
                for (var item : list) write(item, json);
                json.writeEndArray();
            }
            default -> json.writeString(value.toString());
        }
    }

    private static byte[] json(Writing writing) {
        var bytes = new ByteArrayOutputStream(512);
        try (var json = JSON.createGenerator(bytes)) {
            writing.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
