package io.millrace.embedded;

import static io.millrace.embedded.Engine.KAFKA;
import static io.millrace.embedded.Engine.REGISTRY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.UUID;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.Config;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Confluent's own client is the judge of the contract.
@UsesEngines({KAFKA, REGISTRY})
class EmbeddedRegistryTest {
    private static final String V1 = record("{'name':'units','type':'int'}");
    private static final String NEW_DEFAULT =
            record("{'name':'units','type':'int'},{'name':'code','type':'string','default':''}");
    private static final String NEW_MANDATORY = record("{'name':'units','type':'int'},{'name':'code','type':'string'}");
    private static final String OTHER_TYPE = record("{'name':'units','type':'string'}");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String subject = "usage/" + UUID.randomUUID() + "-value";
    private EmbeddedRegistry registry;

    @BeforeEach
    void registry(EmbeddedStack stack) {
        registry = stack.registry();
    }

    @Test
    void aSchemaIsFoundByIdVersionAndText() throws Exception {
        var client = client();
        var id = client.register(subject, new AvroSchema(V1));

        assertThat(client().getSchemaById(id).canonicalString()).isEqualTo(new AvroSchema(V1).canonicalString());
        assertThat(client().getId(subject, new AvroSchema(V1))).isEqualTo(id);
        assertThat(client().getVersion(subject, new AvroSchema(V1))).isEqualTo(1);
        assertThat(client().getLatestSchemaMetadata(subject).getId()).isEqualTo(id);
        assertThat(client().getSchemaMetadata(subject, 1).getSchema()).isEqualTo(new AvroSchema(V1).canonicalString());
        assertThat(client().getAllSubjects()).contains(subject);
        assertThat(client().getAllSubjectsByPrefix(subject)).containsExactly(subject);
        assertThat(client().getAllSubjectsById(id)).contains(subject);
    }

    @Test
    void anEqualSchemaHasOneIdInAllSubjectsAndOneVersionInEach() throws Exception {
        var id = client().register(subject, new AvroSchema(V1));

        assertThat(client().register(subject, new AvroSchema(V1))).isEqualTo(id);
        assertThat(client().register(subject + "-other", new AvroSchema(V1))).isEqualTo(id);
        assertThat(client().getAllVersions(subject)).containsExactly(1);
        assertThat(client().getAllVersionsById(id).stream()
                        .filter(use -> use.getSubject().startsWith(subject)))
                .hasSize(2);
    }

    @ParameterizedTest(name = "{0}: a new field with default {1}, a new mandatory field {2}, a field gone {3}")
    @CsvSource({
        "BACKWARD, true, false, true",
        "BACKWARD_TRANSITIVE, true, false, true",
        "FORWARD, true, true, false",
        "FORWARD_TRANSITIVE, true, true, false",
        "FULL, true, false, false",
        "FULL_TRANSITIVE, true, false, false",
        "NONE, true, true, true",
    })
    void aChangeIsAcceptedAsTheLevelOfItsSubjectSays(
            String level, boolean newDefault, boolean newMandatory, boolean fieldGone) throws Exception {
        assertThat(client().updateConfig(subject, new Config(level)).getCompatibilityLevel())
                .isEqualTo(level);
        assertThat(client().getConfig(subject).getCompatibilityLevel()).isEqualTo(level);
        client().register(subject, new AvroSchema(V1));

        assertThat(client().testCompatibility(subject, new AvroSchema(NEW_DEFAULT)))
                .isEqualTo(newDefault);
        assertThat(client().testCompatibility(subject, new AvroSchema(NEW_MANDATORY)))
                .isEqualTo(newMandatory);
        assertThat(client().testCompatibility(subject, new AvroSchema(record(""))))
                .isEqualTo(fieldGone);
    }

    @Test
    void onlyATransitiveLevelComparesWithOlderVersionsThanTheLast() throws Exception {
        var gone = new AvroSchema(record(""));
        var backAsText = new AvroSchema(record("{'name':'units','type':'string','default':''}"));
        client().register(subject, new AvroSchema(V1));
        client().register(subject, gone);

        client().updateConfig(subject, new Config("BACKWARD_TRANSITIVE"));
        assertRefused(409, 409, () -> client().register(subject, backAsText));
        client().updateConfig(subject, new Config("BACKWARD"));
        assertThat(client().register(subject, backAsText)).isPositive();
    }

    @Test
    void aTestOfCompatibilityCanSayWhy() throws Exception {
        client().register(subject, new AvroSchema(V1));

        assertThat(client().testCompatibilityVerbose(subject, new AvroSchema(OTHER_TYPE)))
                .anySatisfy(
                        reason -> assertThat(reason).contains("TYPE_MISMATCH").contains("/fields/0"));
        assertThat(client().testCompatibilityVerbose(subject, new AvroSchema(NEW_DEFAULT)))
                .isEmpty();
    }

    @Test
    void anIncompatibleSchemaIsRefused() throws Exception {
        client().register(subject, new AvroSchema(V1));

        assertRefused(409, 409, () -> client().register(subject, new AvroSchema(OTHER_TYPE)));
        assertThat(client().getAllVersions(subject)).containsExactly(1);
    }

    @Test
    void whatIsNotThereHasItsOwnErrorCode() throws Exception {
        client().register(subject, new AvroSchema(V1));

        assertRefused(404, 40401, () -> client().getLatestSchemaMetadata("nobody"));
        assertRefused(404, 40401, () -> client().getId("nobody", new AvroSchema(V1)));
        assertRefused(404, 40402, () -> client().getSchemaMetadata(subject, 7));
        assertRefused(404, 40403, () -> client().getSchemaById(1_000_000));
        assertRefused(404, 40403, () -> client().getId(subject, new AvroSchema(OTHER_TYPE)));
        assertRefused(404, 40408, () -> client().getConfig(subject));
        assertRefused(404, 40409, () -> client().getMode(subject));
        assertRefused(422, 42202, () -> client().getSchemaMetadata(subject, 0));
        assertRefused(422, 42203, () -> client().updateConfig(subject, new Config("SIDEWAYS")));
        assertRefused(422, 42204, () -> client().setMode("SOMETIMES", subject));
    }

    @Test
    void whatIsNoSchemaIsUnprocessable() throws Exception {
        var broken = "{\"schema\":\"{\\\"type\\\":\\\"recor\\\"}\"}";
        var path = "/subjects/" + subject.replace("/", "%2F") + "/versions";

        var answer = send("POST", path, broken);
        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.body()).contains("\"error_code\":42201");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/vnd.schemaregistry.v1+json");
        assertThat(send("POST", path, "{\"schema\":\"\\\"int\\\"\",\"schemaType\":\"PROTOBUF\"}")
                        .body())
                .contains("42201");
        assertThat(send("POST", path, "{").statusCode()).isEqualTo(400);
        assertThat(send("GET", "/nowhere", "").statusCode()).isEqualTo(404);
    }

    @Test
    void aNewRegistryComparesBackward() throws Exception {
        assertThat(client().getConfig("").getCompatibilityLevel()).isEqualTo("BACKWARD");
        assertThat(client().getMode()).isEqualTo("READWRITE");
        assertThat(send("GET", "/config", "").body()).isEqualTo("{\"compatibilityLevel\":\"BACKWARD\"}");
        assertThat(send("GET", "/schemas/types", "").body()).isEqualTo("[\"AVRO\"]");
        assertThat(send("GET", "/", "").body()).isEqualTo("{}");
    }

    @Test
    void aDeletedSubjectIsHiddenFirstAndGoneWhenDeletedForGood() throws Exception {
        var id = client().register(subject, new AvroSchema(V1));
        assertRefused(404, 40405, () -> client().deleteSubject(subject, true));

        assertThat(client().deleteSubject(subject, false)).containsExactly(1);
        assertRefused(404, 40401, () -> client().getLatestSchemaMetadata(subject));
        assertRefused(404, 40404, () -> client().deleteSubject(subject, false));
        assertThat(client().getAllSubjects(true)).contains(subject);
        // what was written with it can still be read
        assertThat(client().getSchemaById(id)).isNotNull();
        // it does not come back under its old number
        client().register(subject, new AvroSchema(V1));
        assertThat(client().getAllVersions(subject)).containsExactly(2);

        client().deleteSchemaVersion(subject, "2", false);
        assertRefused(404, 40406, () -> client().deleteSchemaVersion(subject, "2", false));
        assertThat(client().deleteSubject(subject, true)).containsExactly(1, 2);
        assertThat(client().getAllSubjects(true)).doesNotContain(subject);
    }

    @Test
    void aReadOnlySubjectTakesNoSchema() throws Exception {
        client().setMode("READONLY", subject);
        assertThat(client().getMode(subject)).isEqualTo("READONLY");
        assertRefused(422, 42205, () -> client().register(subject, new AvroSchema(V1)));

        client().deleteMode(subject);
        assertThat(client().register(subject, new AvroSchema(V1))).isPositive();
    }

    @Test
    void afterAnOutageTheRegistryKnowsWhatItKnewBefore() throws Exception {
        var id = client().register(subject, new AvroSchema(V1));
        client().updateConfig(subject, new Config("FULL"));

        registry.stop();
        assertThatThrownBy(() -> client().getLatestSchemaMetadata(subject)).isInstanceOf(IOException.class);
        registry.restart();

        assertThat(client().getLatestSchemaMetadata(subject).getId()).isEqualTo(id);
        assertThat(client().getConfig(subject).getCompatibilityLevel()).isEqualTo("FULL");
        assertThat(client().register(subject, new AvroSchema(NEW_DEFAULT))).isGreaterThan(id);
    }

    private CachedSchemaRegistryClient client() {
        return new CachedSchemaRegistryClient(registry.url(), 10);
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(registry.url() + path))
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static void assertRefused(int status, int code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .asInstanceOf(type(RestClientException.class))
                .satisfies(refusal -> assertThat(refusal.getStatus()).isEqualTo(status))
                .satisfies(refusal -> assertThat(refusal.getErrorCode()).isEqualTo(code));
    }

    private static String record(String fields) {
        return "{'type':'record','name':'Usage','fields':[%s]}"
                .formatted(fields)
                .replace('\'', '"');
    }
}
