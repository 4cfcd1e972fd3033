package io.millrace.invoicer.reference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.event.RawEvent;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Writes the API's document from what the service reads and shows, and compares it with the one that it serves.
///
/// If the change is meant, `mvn -pl invoicer -am verify -Dtest=ReferenceTest -Dsurefire.failIfNoSpecifiedTests=false
/// -Dmillrace.accept=true` writes it anew.
@ExtendWith(MillraceStack.class)
class ReferenceTest {
    private static final Path DOCUMENT = Path.of("src/main/resources/invoicer/openapi.json");
    /// The organization's id is part of customers' and invoices' numbers, and follows from its key.
    private static final String KEY = "the-key-of-the-reference-test";

    private static EmbeddedStack stack;
    private static RunningInvoicer invoicer;

    @BeforeAll
    static void start(EmbeddedStack engines) {
        stack = engines;
        invoicer = RunningInvoicer.start(
                stack,
                Map.of(
                        "MILLRACE_API_KEY",
                        KEY,
                        "MILLRACE_BILLING_INTERVAL_MS",
                        "100",
                        "MILLRACE_WATERMARK_TIMEOUT_MS",
                        "5000"));
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void theDocumentSaysWhatTheServiceReadsAndShows() throws Exception {
        try (var explorer = new Explorer(invoicer)) {
            explorer.explore();
            useAndBill(explorer);
            explorer.routes().stream()
                    .filter(route -> route.method.equals("GET") || !route.isAnswered())
                    .filter(route -> !route.method.equals("DELETE"))
                    .forEach(explorer::explore);
            explorer.exploreDeletions();
            assertThat(explorer.routes().stream().filter(route -> !route.isAnswered() || !route.isShown()))
                    .as("say in Explorer.HINTS what their fields take, or make here what they show")
                    .extracting(route -> route + " " + route.refusals)
                    .isEmpty();
            var actual = Json.indented(OpenApi.of(explorer.routes())) + "\n";
            if (Boolean.getBoolean("millrace.accept")) Files.writeString(DOCUMENT, actual);
            assertThat(actual)
                    .as("if the change is meant, accept it with -Dmillrace.accept=true")
                    .isEqualTo(Files.exists(DOCUMENT) ? Files.readString(DOCUMENT) : "");
        }
    }

    /// Other ways to read a parameter are not heard of, and so in no document.
    @Test
    void parametersAreReadAsFieldsOnly() throws IOException {
        try (var sources = Files.walk(Path.of("src/main/java"))) {
            assertThat(sources.filter(Files::isRegularFile)
                            .filter(source -> read(source).contains("getParameters()")))
                    .as("these read parameters without Fields.ofParameters")
                    .containsExactly(Path.of("src/main/java/io/millrace/invoicer/contract/Fields.java"));
        }
    }

    @Test
    void everybodyMayReadIt() throws Exception {
        var document = invoicer.withoutKey().get("/openapi.json");
        assertThat(document.status()).isEqualTo(200);
        assertThat(document.text("openapi")).isEqualTo("3.1.0");
        var page = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(invoicer.withoutKey().server() + "/api/docs"))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        assertThat(page.body())
                .contains("/api/v1/plans/{code}", "charges[].filters[].values", "validation_errors")
                .doesNotContain("<script", "src=", "@import");
    }

    private static void useAndBill(Explorer explorer) throws SQLException {
        var api = invoicer.api();
        var organization = invoicer.organization().toString();
        var subscription = String.valueOf(explorer.seen("subscription").get("external_id"));
        var id = String.valueOf(explorer.seen("subscription").get("lago_id"));
        var charge = ((Map<?, ?>) ((List<?>) explorer.seen("plan").get("charges")).getFirst()).get("lago_id");
        int partition = Utils.toPositive(Utils.murmur2(
                        Keys.subscription(organization, subscription).getBytes(UTF_8)))
                % 4;
        execute(
                "insert into events_raw_intake (organization_id, external_subscription_id, transaction_id, code, timestamp, properties, source, kafka_partition, kafka_offset, kafka_timestamp)"
                        + " values ('%s', '%s', 'event_1', 'calls', '2026-01-15 12:00:00', map('n', '1'), 'http', %d, 1, '2026-03-20 00:00:01')"
                                .formatted(organization, subscription, partition));
        execute(
                "insert into events_enriched_intake (organization_id, external_subscription_id, transaction_id, timestamp, subscription_id, plan_id, aggregation_type, value, raw_partition, raw_offset, ingested_at, enrichment_version)"
                        + " values ('%s', '%s', 'event_1', '2026-01-15 12:00:00', '%s', '%s', 'count_agg', '1', %d, 1, '2026-03-20 00:00:01', 1)"
                                .formatted(organization, subscription, id, id, partition));
        execute(
                "insert into events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp, subscription_id, plan_id, charge_id, plan_revision, aggregation_type, value, raw_partition, raw_offset, enrichment_version)"
                        + " values ('%s', '%s', 'event_1', '2026-01-15 12:00:00', '%s', '%s', '%s', 1, 'count_agg', '1', %d, 1, 1)"
                                .formatted(organization, subscription, id, id, charge, partition));
        execute(
                "insert into events_dead_letter (organization_id, external_subscription_id, transaction_id, code, timestamp, stage, reason, message, origin_topic, origin_value, raw_partition, raw_offset, ingested_at, dead_lettered_at)"
                        + " values ('%s', '%s', 'event_2', 'calls', '2026-01-14 12:00:00', 'enricher', 'metric_not_found', 'no metric has the code calls', 'events_raw', unhex('%s'), %d, 2, '2026-03-20 00:00:01', '2026-03-20 00:01:00')"
                                .formatted(organization, subscription, hex(organization, subscription), partition));
        var clock = String.valueOf(explorer.seen("customer").get("test_clock_id"));
        var now = Instant.parse(api.get("/test_clocks/" + clock).text("test_clock.now"));
        api.create(
                "/test_clocks/" + clock + "/advance",
                "{\"test_clock\": {\"now\": \"%s\"}}".formatted(now.plus(Duration.ofDays(40))));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !api.get("/invoices").text("meta.total_count").equals("0")
                        && api.get("/test_clocks/" + clock)
                                .text("test_clock.status")
                                .equals("ready"));
    }

    /// An event as it stands in `events_raw`; older than the one that is billed, for it is sent again and would be
    /// listed first or not, as it comes.
    private static String hex(String organization, String subscription) {
        var registry = HttpSchemaRegistry.of(stack.environment().get("SCHEMA_REGISTRY_URL"));
        var event = RawEvent.newBuilder()
                .setOrganizationId(organization)
                .setExternalSubscriptionId(subscription)
                .setTransactionId("event_2")
                .setCode("calls")
                .setTimestamp(Instant.parse("2026-01-14T12:00:00Z"))
                .setProperties(Map.of("n", "1"))
                .setSource("http")
                .build();
        return HexFormat.of()
                .formatHex(new AvroSerializer<RawEvent>(registry, Topics.EVENTS_RAW)
                        .serialize(Topics.EVENTS_RAW.name(), event));
    }

    private static void execute(String sql) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String read(Path source) {
        try {
            return Files.readString(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
