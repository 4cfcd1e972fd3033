package io.millrace.streams;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns the stored bytes of one configuration topic into what lookups need. Bytes that cannot be read or make no
/// sense are reported and stand for an unknown value; they never stop the stream.
///
/// @param <A> the topic's Avro type
/// @param <T> what it is compiled to
final class StoredValues<A extends SpecificRecord, T> {
    private static final Logger log = LoggerFactory.getLogger(StoredValues.class);

    private final Topic topic;
    private final AvroDeserializer<A> deserializer;
    private final RegistryPatience patience;
    private final ToLongFunction<A> version;
    private final Function<A, T> compile;
    private final Counter undecodable;

    StoredValues(
            Topic topic,
            SchemaRegistry registry,
            RegistryPatience patience,
            MeterRegistry meters,
            ToLongFunction<A> version,
            Function<A, T> compile) {
        this.topic = topic;
        this.deserializer = new AvroDeserializer<>(registry, topic.value());
        this.patience = patience;
        this.version = version;
        this.compile = compile;
        this.undecodable = Counter.builder("millrace.configuration.undecodable")
                .description("Configuration values that could not be read and count as unknown")
                .tag("topic", topic.name())
                .register(meters);
    }

    /// A value and its version; versions of the same key compare.
    ///
    /// @param value null where the bytes could not be read
    record Versioned<T>(long version, @Nullable T value) {
        /// Whether this one holds after the other was stored before it. What cannot be read hides what was before:
        /// billing by a configuration that somebody meant to replace would be worse than to wait.
        boolean replaces(Versioned<T> earlier) {
            return value == null || earlier.value == null || version >= earlier.version;
        }
    }

    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    Versioned<T> read(String key, byte[] bytes) {
        try {
            var decoded = patience.ask(() -> Objects.requireNonNull(deserializer.deserialize(topic.name(), bytes)));
            return new Versioned<>(version.applyAsLong(decoded), compile.apply(decoded));
        } catch (SerializationException | IllegalArgumentException e) {
            undecodable.increment();
            log.error(
                    "{}: the value of {} cannot be used and counts as unknown: {}", topic.name(), key, e.getMessage());
            return new Versioned<>(Long.MIN_VALUE, null);
        }
    }
}
