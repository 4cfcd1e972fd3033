package io.millrace.enricher;

import io.millrace.event.RawEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.streams.RegistryPatience;
import io.millrace.topic.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;

/// Reads raw events. Nearly all of them were written with the schema that this version knows, and are only looked
/// at; one that was written with another compatible schema, or says something in a way that takes interpretation,
/// is read by Avro and written anew. Safe for use by many threads.
final class RawEventReader {
    private static final int HEADER = 5;

    private final SchemaRegistry registry;
    private final RegistryPatience patience;
    private final AvroDeserializer<RawEvent> avro;
    private final SpecificDatumWriter<RawEvent> writer = new SpecificDatumWriter<>(Topics.EVENTS_RAW.value());
    private final Map<Integer, Boolean> ownSchemas = new ConcurrentHashMap<>();

    RawEventReader(SchemaRegistry registry, RegistryPatience patience) {
        this.registry = registry;
        this.patience = patience;
        this.avro = new AvroDeserializer<>(registry, Topics.EVENTS_RAW.value());
    }

    /// The event in a record's value.
    ///
    /// @throws SerializationException if it is none
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    RawEventView read(byte[] value) {
        if (value.length > HEADER && value[0] == 0 && isOwnSchema(value)) {
            var view = RawEventView.of(value, HEADER);
            if (view != null) return view;
        }
        var event = patience.ask(() -> Objects.requireNonNull(avro.deserialize("", value)));
        return RawEventView.ofWritten(written(event));
    }

    /// Schemas that differ in their documentation only lay a value out alike.
    private boolean isOwnSchema(byte[] value) {
        int id = (value[1] & 0xff) << 24 | (value[2] & 0xff) << 16 | (value[3] & 0xff) << 8 | value[4] & 0xff;
        var known = ownSchemas.get(id);
        if (known == null) {
            known = patience.ask(() -> registry.byId(id)).equals(Topics.EVENTS_RAW.value());
            ownSchemas.put(id, known);
        }
        return known;
    }

    private byte[] written(RawEvent event) {
        var bytes = new ByteArrayOutputStream(512);
        try {
            var encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
            writer.write(event, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
