package io.millrace.benchmarks.clickhouse;

import io.millrace.invoicer.usage.UsageQuery.Asked;
import io.millrace.rating.period.TimeSpan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Events that ClickHouse makes by itself (`events.sql`), the same in every run.
///
/// @param count of all of them
/// @param skew 1 where all subscriptions use alike; 3 where a few use most
/// @param ids of their transactions
/// @param order in which they are put into a table
record Events(long count, long subscriptions, int skew, Ids ids, Order order) {
    static final UUID ORGANIZATION = UUID.fromString("9f0f2c1e-7d3b-4d2a-8a55-0c5f6b8a1f3e");
    static final TimeSpan MARCH =
            new TimeSpan(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));

    /// What a producer takes for a transaction id.
    enum Ids {
        UUIDS("toString(reinterpretAsUUID(sipHash128(number, 'transaction')))"),
        SEQUENTIAL("concat('evt_', leftPad(toString(number), 12, '0'))");

        private final String sql;

        Ids(String sql) {
            this.sql = sql;
        }
    }

    /// How events follow one another.
    enum Order {
        /// In that of their time, whosever they are: every part has all subscriptions, and is merged with others.
        AS_THEY_COME(
                2_000_000,
                1,
                Map.of(
                        "place", "sipHash64(number, 'subscription') / pow(2, 64)",
                        "millisecond", "intDiv(number * 2678400000, ${events})",
                        "raw_offset", "intDiv(number, 4)")),
        /// As merges leave them: a subscription is in eight parts, and a part has neighbours only.
        BY_SUBSCRIPTION(
                8_000_000,
                8,
                Map.of(
                        "place", "number / ${events}",
                        "millisecond", "sipHash64(number, 'time') % 2678400000",
                        "raw_offset",
                                "intDiv((toUnixTimestamp64Milli(ingested_at) - 1772323200000) * ${events}, 4 * 2678400000)"));

        private final long atOnce;
        private final int passes;
        private final Map<String, String> sql;

        Order(long atOnce, int passes, Map<String, String> sql) {
            this.atOnce = atOnce;
            this.passes = passes;
            this.sql = sql;
        }
    }

    /// A topic and what its records tell, by the columns of its table.
    enum Kind {
        RAW(
                "events_raw",
                List.of(
                        "organization_id",
                        "external_subscription_id",
                        "transaction_id",
                        "code",
                        "timestamp",
                        "properties",
                        "precise_total_amount_cents",
                        "source"),
                Map.of(
                        "kafka_partition", "raw_partition",
                        "kafka_offset", "raw_offset",
                        "kafka_timestamp", "ingested_at")),
        EXPANDED(
                "events_enriched_expanded",
                List.of(
                        "organization_id",
                        "external_subscription_id",
                        "transaction_id",
                        "code",
                        "timestamp",
                        "subscription_id",
                        "plan_id",
                        "charge_id",
                        "charge_filter_id",
                        "plan_revision",
                        "grouped_by",
                        "target_wallet_code",
                        "pay_in_advance",
                        "aggregation_type",
                        "value",
                        "operation",
                        "precise_total_amount_cents",
                        "raw_partition",
                        "raw_offset",
                        "ingested_at",
                        "enrichment_version",
                        "is_deleted"),
                Map.of());

        final String table;
        final List<String> fields;
        /// What the record's place in its topic tells beyond its fields: columns of the intake, as in the table.
        final Map<String, String> place;

        Kind(String table, List<String> fields, Map<String, String> place) {
            this.table = table;
            this.fields = fields;
            this.place = place;
        }
    }

    /// Puts them where the topic's queue would.
    ///
    /// @param there how many are there already, from an earlier time; an insert is whole or has not been
    void fill(Tables tables, Kind kind, long there) throws SQLException {
        long passed = 0;
        var columns = String.join(", ", kind.fields);
        var places = List.copyOf(kind.place.keySet());
        var more = String.join("", places.stream().map(column -> ", " + column).toList());
        var told = String.join(
                "", places.stream().map(column -> ", " + kind.place.get(column)).toList());
        for (int pass = 0; pass < order.passes; pass++) {
            for (long first = pass; first < count; first += order.atOnce * order.passes) {
                long rows = Math.min(order.atOnce, (count - first + order.passes - 1) / order.passes);
                passed += rows;
                if (passed <= there) continue;
                tables.execute("""
                        INSERT INTO %s_intake (%s%s)
                        SETTINGS min_insert_block_size_rows = %d, min_insert_block_size_bytes = 0
                        SELECT %s%s FROM (%s)""".formatted(kind.table, columns, more, order.atOnce, columns, told, sql(first, rows)));
            }
        }
    }

    private String sql(long first, long rows) {
        var sql = resource();
        for (var part : order.sql.entrySet()) sql = sql.replace("${" + part.getKey() + "}", part.getValue());
        return sql.replace("${skew}", Integer.toString(skew))
                .replace("${subscriptions}", Long.toString(subscriptions))
                .replace("${transaction_id}", ids.sql)
                .replace("${events}", Long.toString(count))
                .replace("${first}", Long.toString(first))
                .replace("${step}", Integer.toString(order.passes))
                .replace("${count}", Long.toString(rows));
    }

    /// A subscription by its number; those with low numbers use most where there is a skew.
    static Asked subscription(long number) {
        return new Asked(
                UUID.fromString("30000000-0000-4000-8000-%012d".formatted(number)),
                "customer-%06d-production".formatted(number));
    }

    /// The charge of a subscription that counts users.
    static UUID chargeOfUsers(long subscription) {
        return UUID.fromString("20000000-0000-4000-8000-%012d".formatted(subscription % 50 * 20 + 19));
    }

    private static String resource() {
        try (var in = Events.class.getResourceAsStream("/benchmarks/events.sql")) {
            if (in == null) throw new IllegalStateException("events.sql is missing");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^ *--.*\\R", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
