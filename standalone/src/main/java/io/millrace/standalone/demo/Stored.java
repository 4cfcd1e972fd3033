package io.millrace.standalone.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What ClickHouse holds of an organization, each record once.
///
/// @param deadLetters raw events that are refused; one that was refused while its subscription was on its way,
/// and has been enriched since, is not
record Stored(long enriched, long expanded, long deadLetters) {

    static Stored of(String clickHouseUrl, String organizationId) {
        try (var connection = connect(clickHouseUrl);
                var query = connection.prepareStatement("""
                        SELECT
                            (SELECT count() FROM events_enriched FINAL WHERE organization_id = ?),
                            (SELECT count() FROM events_enriched_expanded FINAL WHERE organization_id = ?),
                            (SELECT count() FROM events_dead_letter FINAL
                             WHERE origin_topic != 'events_raw' OR (raw_partition, raw_offset) NOT IN
                                (SELECT raw_partition, raw_offset FROM events_enriched FINAL WHERE organization_id = ?))""")) {
            for (int parameter = 1; parameter <= 3; parameter++) query.setString(parameter, organizationId);
            try (var row = query.executeQuery()) {
                row.next();
                return new Stored(row.getLong(1), row.getLong(2), row.getLong(3));
            }
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot tell what it holds", e);
        }
    }

    /// Everything that each subscription ever used, by metric: a path that is asked for in two months is one
    /// path here, and one in each month's invoice.
    static SortedMap<String, Map<String, BigDecimal>> units(String clickHouseUrl, String organizationId) {
        var units = new TreeMap<String, Map<String, BigDecimal>>();
        try (var connection = connect(clickHouseUrl);
                var query = connection.prepareStatement("""
                        SELECT external_subscription_id, code, multiIf(
                            any(aggregation_type) = 'unique_count_agg', toString(uniqExact(value)),
                            toString(sum(toDecimal256(assumeNotNull(decimal_value), 18))))
                        FROM events_enriched FINAL WHERE organization_id = ?
                        GROUP BY external_subscription_id, code""")) {
            query.setString(1, organizationId);
            try (var row = query.executeQuery()) {
                while (row.next()) {
                    units.computeIfAbsent(row.getString(1), _ -> new TreeMap<>())
                            .put(row.getString(2), new BigDecimal(row.getString(3)));
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot tell what was used", e);
        }
        return units;
    }

    private static Connection connect(String url) throws SQLException {
        return DriverManager.getConnection(url);
    }
}
