package io.millrace.invoicer.contract;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON as a tree of plain values: maps, lists, texts, booleans, nulls and exact numbers. No number passes
/// through a `double`.
public final class Json {
    private static final int MOST_DIGITS = 100;

    private static final ObjectMapper TREE = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(50)
                            .maxNumberLength(MOST_DIGITS + 3) // sign, zero and point
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .addModule(new SimpleModule()
                    .addSerializer(Instant.class, ToStringSerializer.instance)
                    .addDeserializer(Instant.class, new InstantText()))
            .build();

    private Json() {}

    /// @throws Refusal.BadRequest if the text is not JSON, nests deeper than 50 or holds what could not be stored and
    /// read again: a NUL, half of a surrogate pair, or a number that takes more than 100 digits to write out
    public static @Nullable Object parse(byte[] text) {
        try {
            var value = TREE.readValue(text, Object.class);
            refuseUnstorable(value);
            return value;
        } catch (IOException e) {
            throw new Refusal.BadRequest("body is not valid JSON");
        }
    }

    /// Reads what [#write] wrote.
    public static <T> T read(String text, Class<T> type) {
        try {
            return TREE.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON cannot be read", e);
        }
    }

    /// Reads an object that [#write] wrote.
    public static Map<String, Object> tree(String text) {
        try {
            return TREE.readerForMapOf(Object.class).readValue(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON cannot be read", e);
        }
    }

    /// Reads a list that [#write] wrote.
    public static <T> List<T> readList(String text, Class<T> type) {
        try {
            return TREE.readerForListOf(type).readValue(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON cannot be read", e);
        }
    }

    /// The canonical form: the keys of maps are sorted.
    public static String write(@Nullable Object value) {
        try {
            return TREE.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("value cannot be written as JSON", e);
        }
    }

    /// For people: as the value is ordered, a line for each field.
    public static String indented(@Nullable Object value) {
        try {
            return TREE.writer()
                    .without(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .with(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")))
                    .writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("value cannot be written as JSON", e);
        }
    }

    private static final class InstantText extends StdDeserializer<Instant> {
        InstantText() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return Instant.parse(parser.getText());
        }
    }

    private static void refuseUnstorable(@Nullable Object value) {
        switch (value) {
            case String text -> {
                if (text.indexOf('\0') >= 0) throw new Refusal.BadRequest("text with a NUL character");
                if (isBroken(text)) throw new Refusal.BadRequest("text with half of a surrogate pair");
            }
            // PostgreSQL writes it out: 1e99 becomes a hundred digits.
            case BigDecimal number -> {
                long whole = Math.max((long) number.precision() - number.scale(), 0);
                if (whole + Math.max(number.scale(), 0) > MOST_DIGITS) {
                    throw new Refusal.BadRequest("number of more than %d digits".formatted(MOST_DIGITS));
                }
            }
            case Map<?, ?> map ->
                map.forEach((key, each) -> {
                    refuseUnstorable(key);
                    refuseUnstorable(each);
                });
            case Collection<?> list -> list.forEach(Json::refuseUnstorable);
            case null, default -> {}
        }
    }

    private static boolean isBroken(String text) {
        return text.codePoints()
                .anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }
}
