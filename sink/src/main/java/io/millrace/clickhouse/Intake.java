package io.millrace.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.data.ClickHouseFormat;
import com.clickhouse.jdbc.ConnectionImpl;
import io.millrace.registry.RegistryException;
import io.millrace.registry.RegistryUnavailableException;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import javax.sql.DataSource;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.SchemaNormalization;

/// The way of a topic's records into its table: any number of them is added, then written at once. Of one thread.
///
/// A record of the topic's own schema becomes a row without being decoded; one of another schema is read by Avro's
/// rules first ([WireFormat]).
final class Intake implements AutoCloseable {
    /// Of ClickHouse, before a block is inserted again; less than a consumer may be away from its group.
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    private final Connection connection;
    private final Client client;
    private final InsertSettings settings;
    private final SchemaRegistry registry;
    private final WireFormat format;
    private final Topic topic;
    private final RowBinary rows;
    private final Map<Integer, Boolean> isOwn = new HashMap<>();
    /// Schemas that the registry does not know, or that are none of Avro: asked for once a block, not for each record
    /// of a producer gone astray.
    private final Set<Integer> unknown = new HashSet<>();

    Intake(DataSource clickHouse, SchemaRegistry registry, Topic topic) throws SQLException {
        this.registry = registry;
        this.format = new WireFormat(registry);
        this.topic = topic;
        this.rows = rows(topic);
        this.connection = clickHouse.getConnection();
        this.client = connection.unwrap(ConnectionImpl.class).getClient();
        // Offsets are committed once ClickHouse says that it has the rows: it must have written them by then.
        this.settings = new InsertSettings().setDatabase(connection.getSchema()).serverSetting("async_insert", "0");
        settings.setNetworkTimeout(LONGEST_SILENCE.toMillis(), ChronoUnit.MILLIS);
    }

    /// What a producer told of an event is in `events_raw`, and not once more in `events_enriched`.
    static RowBinary rows(Topic topic) {
        return new RowBinary(topic.value(), topic.equals(Topics.EVENTS_ENRICHED) ? Set.of("properties") : Set.of());
    }

    int rows() {
        return rows.count();
    }

    int bytes() {
        return rows.bytes();
    }

    void clear() {
        rows.clear();
        unknown.clear();
    }

    /// @param timestamp of the record, milliseconds since 1970
    /// @return why it is no record of the topic; empty where its row is added
    /// @throws RegistryUnavailableException where it takes the registry to tell; then nothing is added
    Optional<String> add(int partition, long offset, long timestamp, byte[] value) {
        if (value.length >= WireFormat.HEADER && value[0] == 0) {
            int id = ByteBuffer.wrap(value).getInt(1);
            if (isOwn(id) && rows.add(value, WireFormat.HEADER, partition, offset, timestamp)) return Optional.empty();
            if (unknown.contains(id)) return Optional.of("schema " + id + " is not known");
        }
        return switch (format.read(topic, value)) {
            case WireFormat.Reading.Whole(var bytes) -> {
                if (rows.add(bytes, WireFormat.HEADER, partition, offset, timestamp)) yield Optional.empty();
                yield Optional.of("has a field that no row can have");
            }
            case WireFormat.Reading.Fault(var reason) -> Optional.of(reason);
        };
    }

    /// What a schema says of defaults, documentation and logical types does not change how it writes.
    private boolean isOwn(int id) {
        if (unknown.contains(id)) return false;
        var known = isOwn.get(id);
        if (known != null) return known;
        try {
            boolean writesAlike = SchemaNormalization.toParsingForm(registry.byId(id))
                    .equals(SchemaNormalization.toParsingForm(topic.value()));
            isOwn.put(id, writesAlike);
            return writesAlike;
        } catch (RegistryException | AvroRuntimeException e) {
            unknown.add(id);
            return false;
        }
    }

    /// Writes what was added since it was last cleared, as one block. Repeated, it makes the same rows; to clear is
    /// left to the caller.
    ///
    /// @throws SQLException where ClickHouse has not taken them; it may have, where it did not answer
    void write() throws SQLException {
        SchemaLock.requireFree(connection);
        if (rows.count() == 0) return;
        try {
            client.insert(
                            topic.name() + "_intake",
                            rows.columns(),
                            out -> {
                                rows.writeTo(out);
                                out.close();
                            },
                            ClickHouseFormat.RowBinary,
                            settings)
                    .join()
                    .close();
        } catch (CompletionException | CancellationException | com.clickhouse.client.api.ClickHouseException e) {
            throw new SQLException(
                    "ClickHouse has not taken %d records of %s: %s"
                            .formatted(rows.count(), topic.name(), e.getMessage()),
                    e);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
