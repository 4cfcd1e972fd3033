package io.millrace.clickhouse;

import io.millrace.registry.RegistryException;
import io.millrace.registry.RegistryUnavailableException;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/// Reads bytes as a record of a topic by Avro's rules: whatever schema its producer has, as long as the topic's own
/// can be resolved from it.
record WireFormat(SchemaRegistry registry) {

    /// Bytes before a record: zero, and the id of its schema.
    static final int HEADER = 5;

    /// What bytes are.
    sealed interface Reading {
        /// Exactly one record in the registry's wire format.
        ///
        /// @param bytes [#HEADER] bytes, and the record as the topic's own schema writes it
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Whole(byte[] bytes) implements Reading {}

        /// No record of the topic.
        ///
        /// @param reason what is wrong with them, for a person
        record Fault(String reason) implements Reading {}
    }

    /// @throws io.millrace.registry.RegistryUnavailableException where it takes the registry to tell
    Reading read(Topic topic, byte[] value) {
        if (value.length < HEADER || value[0] != 0) {
            return new Reading.Fault("does not start with a zero byte and a schema's id");
        }
        var own = topic.value();
        var id = ByteBuffer.wrap(value).getInt(1);
        try {
            var writer = registry.byId(id);
            var decoder = DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, null);
            var record = new GenericDatumReader<>(writer, own).read(null, decoder);
            if (!decoder.isEnd()) {
                return new Reading.Fault("goes on after the record of schema " + id);
            }
            if (writer.equals(own)) {
                return new Reading.Whole(value);
            }
            return new Reading.Whole(write(own, record));
        } catch (RegistryException e) {
            return new Reading.Fault("schema " + id + " is not known: " + e.getMessage());
        } catch (RegistryUnavailableException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // Whatever bytes make of a decoder: they are read again and again until something is said of them.
            return new Reading.Fault("is no record of schema " + id + ", or that is none of the topic: " + e);
        }
    }

    private static byte[] write(Schema schema, Object record) throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[HEADER]);
        var encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<>(schema).write(record, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }
}
