package io.millrace.registry;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/// Reads values in Confluent's wire format, whatever compatible schema they were written with. Safe for use by many
/// threads.
public final class AvroDeserializer<T extends SpecificRecord> implements Deserializer<T> {
    private final SchemaRegistry registry;
    private final Schema schema;
    private final SpecificData data;
    private final Map<Integer, SpecificDatumReader<T>> readers = new ConcurrentHashMap<>();
    private final ThreadLocal<@Nullable BinaryDecoder> decoders = new ThreadLocal<>();

    /// @param schema the schema that values are read as
    public AvroDeserializer(SchemaRegistry registry, Schema schema) {
        this.registry = registry;
        this.schema = schema;
        this.data = SpecificData.getForSchema(schema);
    }

    /// @throws SerializationException if the bytes are not such a value: they never will be
    /// @throws RegistryUnavailableException if the writer's schema is not known yet and no registry answers: ask
    /// again
    @Override
    public @Nullable T deserialize(@Nullable String ignored, byte @Nullable [] bytes) {
        if (bytes == null) return null;
        if (bytes.length < AvroSerializer.HEADER || bytes[0] != AvroSerializer.MAGIC) {
            throw new SerializationException("not in the registry's wire format: " + bytes.length
                    + " bytes that do not start with a zero byte and a schema id");
        }
        int id = (bytes[1] & 0xff) << 24 | (bytes[2] & 0xff) << 16 | (bytes[3] & 0xff) << 8 | bytes[4] & 0xff;
        var reader = reader(id);
        var decoder = DecoderFactory.get()
                .binaryDecoder(bytes, AvroSerializer.HEADER, bytes.length - AvroSerializer.HEADER, decoders.get());
        decoders.set(decoder);
        T value;
        try {
            value = reader.read(null, decoder);
            if (!decoder.isEnd()) throw new SerializationException("bytes left over behind the Avro value");
        } catch (SerializationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Avro reports malformed bytes by many kinds of exception, out-of-bounds ones among them.
            throw new SerializationException("not an Avro value of schema " + id + ": " + e.getMessage(), e);
        }
        return value;
    }

    private SpecificDatumReader<T> reader(int id) {
        var reader = readers.get(id);
        if (reader != null) return reader;
        try {
            reader = new SpecificDatumReader<>(registry.byId(id), schema, data);
        } catch (org.apache.avro.AvroRuntimeException e) {
            throw new SerializationException("schema " + id + " cannot be read as " + schema.getFullName(), e);
        }
        readers.put(id, reader);
        return reader;
    }
}
