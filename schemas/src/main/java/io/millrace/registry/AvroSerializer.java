package io.millrace.registry;

import io.millrace.topic.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/// Writes a topic's values in Confluent's wire format: a zero byte, the schema's id in four bytes (big-endian), the
/// Avro binary form.
///
/// The schema is registered under the topic's subject with the first value. Safe for use by many threads.
public final class AvroSerializer<T extends SpecificRecord> implements Serializer<T> {
    static final byte MAGIC = 0;
    static final int HEADER = 5;

    private final SchemaRegistry registry;
    private final Topic topic;
    private final SpecificDatumWriter<T> writer;
    private final ThreadLocal<Buffer> buffers = ThreadLocal.withInitial(Buffer::new);
    private volatile int id = -1;

    public AvroSerializer(SchemaRegistry registry, Topic topic) {
        this.registry = registry;
        this.topic = topic;
        this.writer = new SpecificDatumWriter<>(topic.value(), SpecificData.getForSchema(topic.value()));
    }

    /// @throws RegistryUnavailableException while the schema is not registered yet and no registry answers
    @Override
    public byte @Nullable [] serialize(@Nullable String ignored, @Nullable T value) {
        if (value == null) return null;
        if (id < 0) id = registry.register(topic.subject(), topic.value());
        var buffer = buffers.get();
        try {
            return buffer.write(id, value, writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A thread's own output, reused from value to value.
    private static final class Buffer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        private final BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);

        <T> byte[] write(int id, T value, SpecificDatumWriter<T> writer) throws IOException {
            bytes.reset();
            bytes.write(MAGIC);
            bytes.write(id >>> 24);
            bytes.write(id >>> 16);
            bytes.write(id >>> 8);
            bytes.write(id);
            var reused = EncoderFactory.get().binaryEncoder(bytes, encoder);
            writer.write(value, reused);
            reused.flush();
            return bytes.toByteArray();
        }
    }
}
