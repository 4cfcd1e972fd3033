package io.millrace.invoicer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The database of the last release becomes today's, and the service goes on where it was. Every other test begins
/// with an empty database.
@ExtendWith(MillraceStack.class)
class MigrationTest {
    private static final String RELEASED = "3";

    @Test
    void whatTheLastReleaseKnewIsKnownAndBilled(EmbeddedStack stack) throws SQLException, IOException {
        var url = stack.postgres().database("released");
        Flyway.configure()
                .dataSource(url, null, null)
                .locations("classpath:invoicer/db")
                .target(RELEASED)
                .load()
                .migrate();
        try (var connection = DriverManager.getConnection(url)) {
            connection.createStatement().execute(resource("/released_v3.sql"));
            assertThat(empty(connection)).as("every released table has a row").isEmpty();
        }
        var settings =
                Map.of("DATABASE_URL", url, "MILLRACE_API_KEY", "key-of-v3", "MILLRACE_BILLING_INTERVAL_MS", "100");
        try (var invoicer = RunningInvoicer.start(stack, settings)) {
            var api = invoicer.api();
            assertThat(api.get("/organizations").text("organization.name")).isEqualTo("Seller");
            assertThat(api.get("/organizations").text("organization.default_currency"))
                    .isEqualTo("USD");
            assertThat(api.get("/api_keys").text("api_keys.0.name")).isEqualTo("first");
            assertThat(api.get("/billable_metrics/calls").text("billable_metric.filters.0.values.0"))
                    .isEqualTo("eu");
            assertThat(api.get("/plans/pro").text("plan.charges.0.filters.0.properties.amount"))
                    .isEqualTo("2");
            assertThat(api.get("/customers/acme").text("customer.city")).isEqualTo("Paris");
            assertThat(api.get("/customers/acme").text("customer.applicable_timezone"))
                    .isEqualTo("Europe/Paris");
            assertThat(api.get("/customers/bare").text("customer.applicable_timezone"))
                    .isEqualTo("UTC");
            assertThat(api.get("/subscriptions/acme_api").text("subscription.status"))
                    .isEqualTo("active");
            assertThat(api.get("/customers/acme/invoices").text("invoices.0.total_amount_cents"))
                    .isEqualTo("3100");
            assertThat(api.get("/fees").text("meta.total_count")).isEqualTo("2");
            assertThat(api.get("/webhook_endpoints").text("webhook_endpoints.0.signature_algo"))
                    .isEqualTo("hmac");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> api.get("/configuration")
                            .text("configuration.unpublished_count")
                            .equals("0"));

            var clock = api.get("/test_clocks").text("test_clocks.0.lago_id");
            api.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"2026-05-01\"}}");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> api.get("/invoices").text("meta.total_count").equals("2"));
            var invoice = api.get("/customers/acme/invoices");
            assertThat(invoice.text("invoices.0.number")).isEqualTo("MIL-0001-001-002");
            assertThat(invoice.text("invoices.0.total_amount_cents")).isEqualTo("3000");
            assertThat(invoice.text("invoices.0.payment_due_date")).isEqualTo("2026-05-15");
        }
    }

    private static List<String> empty(Connection connection) throws SQLException {
        var empty = new ArrayList<String>();
        try (var tables = connection.createStatement().executeQuery("""
                select table_name from information_schema.tables
                where table_schema = 'public' and table_name not like 'flyway%'""")) {
            while (tables.next()) {
                try (var row = connection
                        .createStatement()
                        .executeQuery("select 1 from %s limit 1".formatted(tables.getString(1)))) {
                    if (!row.next()) empty.add(tables.getString(1));
                }
            }
        }
        return empty;
    }

    private static String resource(String name) throws IOException {
        try (var stream = Objects.requireNonNull(MigrationTest.class.getResourceAsStream(name))) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
