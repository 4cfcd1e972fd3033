package io.millrace.standalone.demo;

import java.sql.DriverManager;
import java.sql.SQLException;

/// What ClickHouse holds of an organization, each record once.
record Stored(long enriched, long expanded, long deadLetters) {
    static Stored of(String clickHouseUrl, String organizationId) {
        try (var connection = DriverManager.getConnection(clickHouseUrl);
                var query = connection.prepareStatement("""
                        SELECT
                            (SELECT count() FROM events_enriched FINAL WHERE organization_id = ?),
                            (SELECT count() FROM events_enriched_expanded FINAL WHERE organization_id = ?),
                            (SELECT count() FROM events_dead_letter FINAL)""")) {
            query.setString(1, organizationId);
            query.setString(2, organizationId);
            try (var row = query.executeQuery()) {
                row.next();
                return new Stored(row.getLong(1), row.getLong(2), row.getLong(3));
            }
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot tell what it holds", e);
        }
    }
}
