package io.millrace.clickhouse;

import io.millrace.registry.RegistryException;
import io.millrace.registry.SchemaRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DecoderFactory;

/// Tells whether bytes are exactly one record in the registry's wire format.
record WireFormat(SchemaRegistry registry) {

    private static final int HEADER = 5;

    /// What is wrong with them, for a person; empty where nothing is.
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException where it takes the registry to tell
    Optional<String> fault(byte[] value) {
        if (value.length < HEADER || value[0] != 0) {
            return Optional.of("does not start with a zero byte and a schema's id");
        }
        var id = ByteBuffer.wrap(value).getInt(1);
        try {
            var decoder = DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, null);
            new GenericDatumReader<>(registry.byId(id)).read(null, decoder);
            return decoder.isEnd() ? Optional.empty() : Optional.of("goes on after the record of schema " + id);
        } catch (RegistryException e) {
            return Optional.of("schema " + id + " is not known: " + e.getMessage());
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            return Optional.of("is no record of schema " + id + ": " + e);
        }
    }
}
