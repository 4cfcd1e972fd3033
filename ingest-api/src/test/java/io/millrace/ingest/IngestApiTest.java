package io.millrace.ingest;

import static io.millrace.embedded.Engine.KAFKA;
import static io.millrace.embedded.Engine.REGISTRY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.RawEvent;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@UsesEngines({KAFKA, REGISTRY})
class IngestApiTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GOOD = "{'transaction_id': 't1', 'external_subscription_id': 'sub', 'code': 'tokens'}";

    private static IngestFixture ingest;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        ingest = IngestFixture.start(
                stack,
                Map.of(
                        "MILLRACE_INGEST_BODY_BYTES", "2000000",
                        "MILLRACE_INGEST_EVENTS_PER_BATCH", "1000"));
    }

    @AfterAll
    static void stop() {
        ingest.close();
    }

    @Test
    void anEventArrivesWithItsExactNumbers() throws Exception {
        var organization = ingest.newOrganization("key-exact");
        var response = ingest.post("/api/v1/events", "key-exact", """
                {"event": {"transaction_id": "t1", "external_subscription_id": "sub/1", "code": "tokens",
                  "timestamp": 1651240791.123456, "precise_total_amount_cents": "12.50",
                  "properties": {"units": 1.0, "big": 12345678901234567890, "power": 1e3, "model": "fast",
                                 "cached": true, "nothing": null, "nested": {"a": [1.0]}}}}""");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(ingest.events(organization, 1))
                .containsExactly(RawEvent.newBuilder()
                        .setOrganizationId(organization)
                        .setExternalSubscriptionId("sub/1")
                        .setTransactionId("t1")
                        .setCode("tokens")
                        .setTimestamp(Instant.parse("2022-04-29T13:59:51.123456Z"))
                        .setProperties(Map.of(
                                "units", "1.0",
                                "big", "12345678901234567890",
                                "power", "1e3",
                                "model", "fast",
                                "cached", "true",
                                "nested", "{\"a\":[1.0]}"))
                        .setPreciseTotalAmountCents("12.50")
                        .setSource("http")
                        .build());
        assertThat(ingest.keys(organization)).containsExactly(organization + "/sub/1");

        var event = JSON.readTree(response.body()).path("event");
        assertThat(event.properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrder(
                        "lago_id",
                        "transaction_id",
                        "lago_customer_id",
                        "code",
                        "timestamp",
                        "precise_total_amount_cents",
                        "properties",
                        "lago_subscription_id",
                        "external_subscription_id",
                        "created_at");
        assertThat(event.path("timestamp").asText()).isEqualTo("2022-04-29T13:59:51.123456Z");
        assertThat(response.body()).contains("\"big\": 12345678901234567890, \"power\": 1e3");
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void aThousandEventsOfABatchAllArrive() throws Exception {
        var organization = ingest.newOrganization("key-thousand");
        var events = String.join(
                ",",
                IntStream.range(0, 1000)
                        .mapToObj(
                                number -> GOOD.replace("t1", "t" + number).replace("'sub'", "'sub" + number % 7 + "'"))
                        .toList());

        var response = ingest.post("/api/v1/events/batch", "key-thousand", "{'events': [" + events + "]}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(response.body()).path("events")).hasSize(1000);
        assertThat(ingest.events(organization, 1000).stream().map(RawEvent::getTransactionId))
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 1000)
                        .mapToObj(number -> "t" + number)
                        .toList());
    }

    @Test
    void theGoodEventsOfABatchAreStoredAndTheBadOnesNamed() throws Exception {
        var organization = ingest.newOrganization("key-partial");
        var tooLong = GOOD.replace(
                "'code': 'tokens'", "'code': 'tokens', 'properties': {'a': '" + "x".repeat(1 << 20) + "'}");
        var body = "{'events': [%s, {'code': 'tokens'}, %s, 'nothing', %s]}"
                .formatted(GOOD, GOOD.replace("t1", "t2"), tooLong.replace("t1", "t3"));

        var response = ingest.post("/api/v1/events/batch", "key-partial", body);

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(JSON.readTree(response.body())).isEqualTo(JSON.readTree("""
                {"status": 422, "error": "Unprocessable Entity", "code": "validation_errors",
                 "error_details": {
                   "1": {"transaction_id": ["value_is_mandatory"], "external_subscription_id": ["value_is_mandatory"]},
                   "3": {"event": ["invalid_format"]},
                   "4": {"event": ["value_is_too_long"]}},
                 "accepted": ["t1", "t2"]}"""));
        assertThat(ingest.events(organization, 2).stream().map(RawEvent::getTransactionId))
                .containsExactlyInAnyOrder("t1", "t2");
    }

    @Test
    void theSameEventHasTheSameIdHoweverOftenItIsSent() throws Exception {
        ingest.newOrganization("key-same");
        var body = "{'event': " + GOOD + "}";
        var first =
                JSON.readTree(ingest.post("/api/v1/events", "key-same", body).body());
        var again =
                JSON.readTree(ingest.post("/api/v1/events", "key-same", body).body());
        var other = JSON.readTree(ingest.post("/api/v1/events", "key-same", body.replace("t1", "t2"))
                .body());

        assertThat(first.at("/event/lago_id")).isEqualTo(again.at("/event/lago_id"));
        assertThat(first.at("/event/lago_id")).isNotEqualTo(other.at("/event/lago_id"));
    }

    @ParameterizedTest(name = "{0} {1} {2} is answered {3}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST | /api/v1/events | `{` | 400 | `{'status':400,'error':'BadRequest: malformed JSON at line 1, column 2'}`",
                "POST | /api/v1/events | `` | 400 | `{'status':400,'error':'BadRequest: request cannot be read'}`",
                "POST | /api/v1/events | `[]` | 400 | `{'status':400,'error':'BadRequest: the body must be a JSON object'}`",
                "POST | /api/v1/events | `{}` | 400 | `{'status':400,'error':'BadRequest: param is missing or the value is empty or invalid: event'}`",
                "POST | /api/v1/events | `{'event':{'transaction_id':'a','external_subscription_id':'b','code':'c','timestamp':'x'}}` | 422 | `{'status':422,'error':'Unprocessable Entity','code':'validation_errors','error_details':{'timestamp':['invalid_format']}}`",
                "POST | /api/v1/events | `{'event':{'transaction_id':'a','external_subscription_id':'b'}}` | 422 | `{'status':422,'error':'Unprocessable Entity','code':'validation_errors','error_details':{'code':['value_is_mandatory']}}`",
                "POST | /api/v1/events/batch | `{'events':[]}` | 422 | `{'status':422,'error':'Unprocessable Entity','code':'validation_errors','error_details':{'events':['no_events']}}`",
                "POST | /api/v1/events/batch | `{'events':[{}]}` | 422 | `{'status':422,'error':'Unprocessable Entity','code':'validation_errors','error_details':{'0':{'transaction_id':['value_is_mandatory'],'external_subscription_id':['value_is_mandatory'],'code':['value_is_mandatory']}}}`",
                "POST | /api/v1/nothing | `{}` | 404 | `{'status':404,'error':'Not Found','code':'object_not_found'}`",
                "GET | / | `` | 404 | `{'status':404,'error':'Not Found','code':'object_not_found'}`",
                "GET | /api/v1/events | `` | 405 | `{'status':405,'error':'Method Not Allowed','code':'method_not_allowed'}`",
                "DELETE | /api/v1/events | `` | 405 | `{'status':405,'error':'Method Not Allowed','code':'method_not_allowed'}`",
                "PUT | /api/v1/events/batch | `{}` | 405 | `{'status':405,'error':'Method Not Allowed','code':'method_not_allowed'}`",
            })
    void aBadRequestIsAnsweredInTheContractsForm(String method, String path, String body, int status, String answer)
            throws Exception {
        ingest.newOrganization("key-bad");

        var response = ingest.send(method, path, "Bearer key-bad", "application/json", body);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(JSON.readTree(response.body())).isEqualTo(JSON.readTree(answer.replace('\'', '"')));
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void aBatchOverTheLimitIsRefusedWhole() throws Exception {
        var organization = ingest.newOrganization("key-many");
        var events = String.join(",", Collections.nCopies(1001, GOOD));

        var response = ingest.post("/api/v1/events/batch", "key-many", "{'events': [" + events + "]}");

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(json(response).at("/error_details/events/0").asText()).isEqualTo("too_many_events");
        assertThat(ingest.post("/api/v1/events", "key-many", "{'event': " + GOOD + "}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(ingest.events(organization, 1)).hasSize(1);
    }

    @Test
    void aBodyOverTheLimitIsTooLarge() throws Exception {
        ingest.newOrganization("key-large");

        var response = ingest.post("/api/v1/events", "key-large", "{'event': '" + "x".repeat(2_000_000) + "'}");

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(json(response)).isEqualTo(JSON.readTree("{\"status\":413,\"error\":\"Request Entity Too Large\"}"));
    }

    @Test
    void anEventOverTheTopicsLimitIsTooLong() throws Exception {
        ingest.newOrganization("key-long");

        var response = ingest.post(
                "/api/v1/events",
                "key-long",
                "{'event': {'transaction_id': 't', 'external_subscription_id': 's', 'code': 'c', 'properties': {'a': '"
                        + "x".repeat(1 << 20) + "'}}}");

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(json(response).path("error_details"))
                .isEqualTo(JSON.readTree("{\"event\":[\"value_is_too_long\"]}"));
    }

    @Test
    void aBodyThatIsNotJsonIsAnUnsupportedMedium() throws Exception {
        ingest.newOrganization("key-form");

        var response = ingest.send(
                "POST", "/api/v1/events", "Bearer key-form", "application/x-www-form-urlencoded", "event=1");

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(json(response)).isEqualTo(JSON.readTree("{\"status\":415,\"error\":\"Unsupported Media Type\"}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {"none", "''", "Bearer", "Bearer wrong", "Basic a2V5LWF1dGg=", "key-auth", "Bearer KEY-AUTH"})
    void nobodyGetsInWithoutAKey(String authorization) throws Exception {
        ingest.newOrganization("key-auth");

        var response =
                ingest.send("POST", "/api/v1/events", authorization, "application/json", "{'event': " + GOOD + "}");

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(json(response)).isEqualTo(JSON.readTree("{\"status\":401,\"error\":\"Unauthorized\"}"));
    }

    @Test
    void aKeyIsHeldToItsEndAndItsPermissions() throws Exception {
        ingest.putKey("key-ended", "org", List.of(), Instant.now().minusSeconds(1), 1);
        ingest.putKey("key-reader", "org", List.of("event:read", "invoice:write"), null, 1);
        ingest.putKey("key-writer", "org", List.of("event:write"), Instant.now().plusSeconds(3600), 1);
        ingest.putKey("key-of-two-versions", "org", List.of(), null, 3);
        ingest.putKey("key-of-two-versions", "org", List.of("invoice:read"), null, 2);
        ingest.putKey("key-erased", "org", List.of(), null, 1);
        ingest.eraseKey("key-erased");
        ingest.newOrganization("key-last");

        assertThat(statusOf("key-ended")).isEqualTo(401);
        assertThat(statusOf("key-reader")).isEqualTo(403);
        assertThat(statusOf("key-writer")).isEqualTo(200);
        assertThat(statusOf("key-of-two-versions")).isEqualTo(200);
        assertThat(statusOf("key-erased")).isEqualTo(401);
    }

    private static int statusOf(String key) throws Exception {
        return ingest.post("/api/v1/events", key, "{'event': " + GOOD + "}").statusCode();
    }

    @Test
    void operatorsSeeItsHealthAndItsMeters() throws Exception {
        ingest.newOrganization("key-meters");
        assertThat(statusOf("key-meters")).isEqualTo(200);

        var health = ingest.send("GET", "/health", null, "application/json", "");
        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(json(health).at("/details/ingest/details"))
                .isEqualTo(JSON.readTree("{\"kafka\":true,\"keys_caught_up\":true}"));
        assertThat(ingest.send("GET", "/prometheus", null, "application/json", "")
                        .body())
                .contains("millrace_ingest_events_total{outcome=\"accepted\"}")
                .contains("kafka_producer_record_send_total");
    }

    @Test
    void aBrokerThatIsDownLosesNothing(EmbeddedStack stack) throws Exception {
        try (var impatient = IngestFixture.start(stack, Map.of("MILLRACE_INGEST_ACKNOWLEDGEMENT_MS", "1000"))) {
            var organization = impatient.newOrganization("key-outage");
            var body = "{'event': " + GOOD + "}";
            assertThat(impatient.post("/api/v1/events", "key-outage", body).statusCode())
                    .isEqualTo(200);

            stack.kafka().stop();
            HttpResponse<String> meanwhile;
            HttpResponse<String> health;
            try {
                meanwhile = impatient.post("/api/v1/events", "key-outage", body.replace("t1", "t2"));
                health = impatient.send("GET", "/health", null, "application/json", "");
            } finally {
                stack.kafka().restart();
            }
            assertThat(meanwhile.statusCode()).isEqualTo(503);
            assertThat(json(meanwhile)).isEqualTo(JSON.readTree("{\"status\":503,\"error\":\"Service Unavailable\"}"));
            assertThat(health.statusCode()).isEqualTo(503);

            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(impatient
                                    .post("/api/v1/events", "key-outage", body.replace("t1", "t3"))
                                    .statusCode())
                            .isEqualTo(200));
            assertThat(impatient.events(organization, 2).stream()
                            .map(RawEvent::getTransactionId)
                            .distinct())
                    .contains("t1", "t3");
        }
    }

    @Test
    void aServiceThatStartsWithoutARegistryTakesEventsWhenThereIsOne(EmbeddedStack stack) throws Exception {
        var body = "{'event': " + GOOD + "}";
        ingest.newOrganization("key-registry");

        stack.registry().stop();
        try (var early = IngestFixture.start(stack, Map.of())) {
            int meanwhile;
            try {
                meanwhile = early.post("/api/v1/events", "key-registry", body).statusCode();
            } finally {
                stack.registry().restart();
            }
            assertThat(meanwhile).isEqualTo(503);
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(early.post("/api/v1/events", "key-registry", body)
                                    .statusCode())
                            .isEqualTo(200));
        }
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        return JSON.readTree(response.body());
    }
}
