package io.millrace.streams;

import io.millrace.registry.AvroSerializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;

/// Encodes the values of one topic inside a node, where a registry that does not answer can be waited for. The sink
/// behind it then takes bytes as they are. Safe for use by many threads.
public final class Encoder<T extends SpecificRecord> {
    private final Topic topic;
    private final AvroSerializer<T> serializer;
    private final RegistryPatience patience;

    public Encoder(SchemaRegistry registry, Topic topic, RegistryPatience patience) {
        this.topic = topic;
        this.serializer = new AvroSerializer<>(registry, topic);
        this.patience = patience;
    }

    /// The value in the wire format.
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    public byte[] encode(T value) {
        return patience.ask(() -> Objects.requireNonNull(serializer.serialize(topic.name(), value)));
    }
}
