package io.millrace.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.event.RawEvent;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads events from the bytes of a request, token by token: number texts stay as they were sent, nothing becomes
/// a `double`, and no tree is built. All violations of an event are found at once.
final class EventReader {
    // A body is UTF-8 by the standard; without detection, byte positions are those of the body.
    private static final JsonFactory JSON = JsonFactory.builder()
            .configure(JsonFactory.Feature.CHARSET_DETECTION, false)
            // property names come from outside: not for the JVM to keep for ever
            .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
            .build();

    private static final String MANDATORY = "value_is_mandatory";
    private static final String FORMAT = "invalid_format";
    private static final String RANGE = "value_is_out_of_range";
    private static final String NO_PROPERTIES = "{}";

    private final byte[] body;
    private final String organizationId;
    private final Instant now;
    private final JsonParser parser;

    private EventReader(byte[] body, String organizationId, Instant now) throws IOException {
        this.body = body;
        this.organizationId = organizationId;
        this.now = now;
        this.parser = JSON.createParser(body);
    }

    /// Reads `{"event": {…}}`.
    ///
    /// @param now event time where the producer gives none
    /// @throws IngestRefusal where the body is not JSON or has no event
    static Submission one(byte[] body, String organizationId, Instant now) {
        return read(body, organizationId, now, reader -> {
            Submission[] found = new Submission[1];
            reader.root("event", () -> {
                if (reader.parser.currentToken() == JsonToken.START_OBJECT) {
                    found[0] = reader.event();
                } else {
                    reader.parser.skipChildren();
                }
            });
            if (found[0] == null) {
                throw new IngestRefusal.BadRequest("param is missing or the value is empty or invalid: event");
            }
            return found[0];
        });
    }

    /// Reads `{"events": [{…}, …]}`.
    ///
    /// @param limit most events
    /// @throws IngestRefusal where the body is not JSON, or has no events, no list of them or too many
    static List<Submission> batch(byte[] body, String organizationId, Instant now, int limit) {
        return read(body, organizationId, now, reader -> {
            var found = new ArrayList<Submission>();
            reader.root("events", () -> {
                found.clear();
                switch (reader.parser.currentToken()) {
                    case START_ARRAY -> reader.events(found, limit);
                    case VALUE_NULL -> {} // as if it were absent
                    default -> throw IngestRefusal.invalid("events", FORMAT);
                }
            });
            if (found.isEmpty()) throw IngestRefusal.invalid("events", "no_events");
            return found;
        });
    }

    private interface Reading<T> {
        T read(EventReader reader) throws IOException;
    }

    private interface Step {
        void run() throws IOException;
    }

    private static <T> T read(byte[] body, String organizationId, Instant now, Reading<T> reading) {
        try {
            var reader = new EventReader(body, organizationId, now);
            try (var closing = reader.parser) {
                return reading.read(reader);
            }
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw new IngestRefusal.BadRequest(
                    at == null
                            ? "malformed JSON"
                            : "malformed JSON at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr()));
        } catch (IOException e) {
            // bytes that are not UTF-8; there is no other I/O in reading an array
            throw new IngestRefusal.BadRequest("malformed JSON");
        }
    }

    /// Runs the step at the value of the root object's member of this name, and reads to the body's end.
    private void root(String member, Step step) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IngestRefusal.BadRequest("the body must be a JSON object");
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            parser.nextToken();
            if (name.equals(member)) {
                step.run();
            } else {
                parser.skipChildren();
            }
        }
        if (parser.nextToken() != null) {
            throw new IngestRefusal.BadRequest("the body must be one JSON object");
        }
    }

    private void events(List<Submission> found, int limit) throws IOException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (found.size() == limit) throw IngestRefusal.invalid("events", "too_many_events");
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                found.add(event());
            } else {
                parser.skipChildren();
                found.add(new Submission.Refused(Map.of("event", List.of(FORMAT))));
            }
        }
    }

    /// At the start of an event; ends at its end.
    private Submission event() throws IOException {
        var errors = new LinkedHashMap<String, List<String>>();
        String transactionId = null;
        String subscriptionId = null;
        String code = null;
        String amount = null;
        var timestamp = now;
        Map<String, String> properties = Map.of();
        var propertiesJson = NO_PROPERTIES;

        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            parser.nextToken();
            errors.remove(name); // of a name given twice the last counts
            switch (name) {
                case "transaction_id" -> transactionId = text(name, errors);
                case "external_subscription_id" -> subscriptionId = text(name, errors);
                case "code" -> code = text(name, errors);
                case "timestamp" -> timestamp = timestamp(errors);
                case "precise_total_amount_cents" -> amount = amount(errors);
                case "properties" -> {
                    var start = parser.currentTokenLocation().getByteOffset();
                    properties = properties(errors);
                    propertiesJson = properties.isEmpty() ? NO_PROPERTIES : textSince(start);
                }
                default -> parser.skipChildren();
            }
        }
        mandatory("transaction_id", transactionId, errors);
        mandatory("external_subscription_id", subscriptionId, errors);
        mandatory("code", code, errors);
        if (!errors.isEmpty() || transactionId == null || subscriptionId == null || code == null) {
            return new Submission.Refused(errors);
        }
        var event = new RawEvent(
                organizationId, subscriptionId, transactionId, code, timestamp, properties, amount, "http");
        return new Submission.Accepted(event, propertiesJson);
    }

    private static void mandatory(String name, @Nullable String value, Map<String, List<String>> errors) {
        if (value == null || value.isBlank()) errors.putIfAbsent(name, List.of(MANDATORY));
    }

    private @Nullable String text(String name, Map<String, List<String>> errors) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NULL -> null;
            default -> {
                parser.skipChildren();
                errors.put(name, List.of(FORMAT));
                yield null;
            }
        };
    }

    private Instant timestamp(Map<String, List<String>> errors) throws IOException {
        switch (parser.currentToken()) {
            case VALUE_NULL -> {
                return now;
            }
            case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                var time = EventTime.parse(parser.getText());
                if (time.isPresent() && EventTime.isInRange(time.get())) return time.get();
                errors.put("timestamp", List.of(time.isPresent() ? RANGE : FORMAT));
            }
            default -> {
                parser.skipChildren();
                errors.put("timestamp", List.of(FORMAT));
            }
        }
        return now;
    }

    private @Nullable String amount(Map<String, List<String>> errors) throws IOException {
        switch (parser.currentToken()) {
            case VALUE_NULL -> {
                return null;
            }
            case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                var amount = PreciseAmount.parse(parser.getText());
                if (amount.isPresent()) return amount.get();
            }
            default -> parser.skipChildren();
        }
        errors.put("precise_total_amount_cents", List.of(FORMAT));
        return null;
    }

    /// Values as text: numbers with their very digits, nested values as JSON; what is null is left out.
    private Map<String, String> properties(Map<String, List<String>> errors) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) return Map.of();
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            errors.put("properties", List.of(FORMAT));
            return Map.of();
        }
        var properties = new HashMap<String, String>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            switch (parser.nextToken()) {
                case VALUE_NULL -> properties.remove(name);
                case START_OBJECT, START_ARRAY -> properties.put(name, nested());
                default -> properties.put(name, parser.getText());
            }
        }
        return properties;
    }

    /// The value that starts here as compact JSON, its numbers untouched.
    private String nested() throws IOException {
        var json = new StringWriter();
        try (var writer = JSON.createGenerator(json)) {
            var depth = 0;
            do {
                depth += copy(writer);
            } while (depth > 0 && parser.nextToken() != null);
        }
        return json.toString();
    }

    /// @return by how much the token leads deeper
    private int copy(JsonGenerator writer) throws IOException {
        switch (parser.currentToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> writer.writeNumber(parser.getText());
            default -> writer.copyCurrentEvent(parser);
        }
        return switch (parser.currentToken()) {
            case START_OBJECT, START_ARRAY -> 1;
            case END_OBJECT, END_ARRAY -> -1;
            default -> 0;
        };
    }

    /// The body from a position to the end of the present token.
    private String textSince(long start) {
        var end = parser.currentLocation().getByteOffset();
        return new String(body, (int) start, (int) (end - start), StandardCharsets.UTF_8);
    }
}
