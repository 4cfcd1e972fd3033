package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.millrace.event.RawEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventReaderTest {
    private static final Instant NOW = Instant.parse("2026-08-01T12:00:00Z");

    @ParameterizedTest(name = "{0} is billed as {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 | 1",
                "1.0 | 1.0",
                "1e3 | 1e3",
                "-0 | -0",
                "0.1 | 0.1",
                "12345678901234567890 | 12345678901234567890",
                "1234567890.123456789012345678 | 1234567890.123456789012345678",
                "123456789012345678901234567890123456789012345678901234567890 | 123456789012345678901234567890123456789012345678901234567890",
                "0.30000000000000000000000000000001 | 0.30000000000000000000000000000001",
                "true | true",
                "false | false",
                "`\"1.50\"` | 1.50",
                "`\"\"` | ``",
                "`\"\\u00e9\\n\"` | `é\n`",
                "`{\"b\": 1.0, \"a\": [1e3, null, {\"c\": \"x\"}]}` | `{\"b\":1.0,\"a\":[1e3,null,{\"c\":\"x\"}]}`",
                "[] | []",
                "{} | {}",
            })
    void aPropertyKeepsTheTextThatItWasSentWith(String json, String expected) {
        var event = accepted(event("'properties': {'units': " + json + "}"));

        assertThat(event.getProperties()).isEqualTo(Map.of("units", expected));
    }

    @Test
    void aPropertyThatIsNullIsLeftOut() {
        assertThat(accepted(event("'properties': {'a': null, 'b': 1}")).getProperties())
                .isEqualTo(Map.of("b", "1"));
        assertThat(accepted(event("'properties': null")).getProperties()).isEmpty();
        assertThat(accepted(event("'x': 1")).getProperties()).isEmpty();
    }

    @Test
    void theAnswerShowsPropertiesAsTheyWereSent() {
        var body = event("'properties': {'a' : 1.0, 'é': [null , 1e3]}, 'code': 'tokens'");

        var accepted = (Submission.Accepted) EventReader.one(bytes(body), "org", NOW);
        assertThat(accepted.propertiesJson()).isEqualTo("{\"a\" : 1.0, \"é\": [null , 1e3]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1651240791.123 | 2022-04-29T13:59:51.123Z",
                "`'1651240791.123'` | 2022-04-29T13:59:51.123Z",
                "`'2022-04-29T15:59:51.5+02:00'` | 2022-04-29T13:59:51.500Z",
                "null | 2026-08-01T12:00:00Z",
            })
    void aTimeMayBeNumberOrText(String json, Instant expected) {
        assertThat(accepted(event("'timestamp': " + json)).getTimestamp()).isEqualTo(expected);
    }

    @Test
    void anEventWithoutATimeHappensNow() {
        assertThat(accepted(event("'x': {'y': []}")).getTimestamp()).isEqualTo(NOW);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`'12.5'` | 12.5",
                "12.50 | 12.50",
                "`'1e3'` | 1000",
                "-3 | -3",
                "99999999999999999999.999999999999999999 | 99999999999999999999.999999999999999999",
            })
    void aPreciseAmountIsAPlainDecimal(String json, String expected) {
        assertThat(accepted(event("'precise_total_amount_cents': " + json)).getPreciseTotalAmountCents())
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`'transaction_id': ''` | transaction_id | value_is_mandatory",
                "`'transaction_id': null` | transaction_id | value_is_mandatory",
                "`'transaction_id': '  '` | transaction_id | value_is_mandatory",
                "`'transaction_id': 7` | transaction_id | invalid_format",
                "`'transaction_id': {'a': 1}` | transaction_id | invalid_format",
                "`'code': ''` | code | value_is_mandatory",
                "`'code': ['a']` | code | invalid_format",
                "`'external_subscription_id': null` | external_subscription_id | value_is_mandatory",
                "`'external_subscription_id': true` | external_subscription_id | invalid_format",
                "`'timestamp': 'yesterday'` | timestamp | invalid_format",
                "`'timestamp': ''` | timestamp | invalid_format",
                "`'timestamp': true` | timestamp | invalid_format",
                "`'timestamp': {}` | timestamp | invalid_format",
                "`'timestamp': 1651240791123` | timestamp | value_is_out_of_range",
                "`'precise_total_amount_cents': 'a lot'` | precise_total_amount_cents | invalid_format",
                "`'precise_total_amount_cents': 1e20` | precise_total_amount_cents | invalid_format",
                "`'precise_total_amount_cents': 0.0000000000000000001` | precise_total_amount_cents | invalid_format",
                "`'precise_total_amount_cents': []` | precise_total_amount_cents | invalid_format",
                "`'properties': []` | properties | invalid_format",
                "`'properties': 'units'` | properties | invalid_format",
                "`'properties': 3` | properties | invalid_format",
            })
    void anEventThatBreaksARuleIsRefused(String member, String field, String code) {
        assertThat(EventReader.one(bytes(event(member)), "org", NOW))
                .isEqualTo(new Submission.Refused(Map.of(field, List.of(code))));
    }

    @Test
    void allViolationsAreFoundAtOnce() {
        assertThat(EventReader.one(bytes("{'event': {'timestamp': 'x', 'code': 1}}"), "org", NOW))
                .isEqualTo(new Submission.Refused(Map.of(
                        "timestamp", List.of("invalid_format"),
                        "code", List.of("invalid_format"),
                        "transaction_id", List.of("value_is_mandatory"),
                        "external_subscription_id", List.of("value_is_mandatory"))));
    }

    @Test
    void ofANameThatIsGivenTwiceTheLastCounts() {
        var event =
                accepted(event("'code': 1, 'code': 'second', 'properties': {'a': 1, 'a': 2}, 'properties': {'b': 3}"));

        assertThat(event.getCode()).isEqualTo("second");
        assertThat(event.getProperties()).isEqualTo(Map.of("b", "3"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | the body must be a JSON object",
                "`{` | malformed JSON",
                "`[]` | the body must be a JSON object",
                "`3` | the body must be a JSON object",
                "`null` | the body must be a JSON object",
                "`{'event': {}} {}` | the body must be one JSON object",
                "`{'event': {'code': NaN}}` | malformed JSON at line 1",
                "`{'event': {'code': 'a\u0001'}}` | malformed JSON at line 1",
                "`{'events': []}` | param is missing or the value is empty or invalid: event",
                "`{'event': null}` | param is missing or the value is empty or invalid: event",
                "`{'event': [1, {'a': 2}]}` | param is missing or the value is empty or invalid: event",
            })
    void whatIsNoRequestIsRefusedAsAWhole(String body, String reason) {
        assertThatThrownBy(() -> EventReader.one(bytes(body), "org", NOW))
                .isInstanceOf(IngestRefusal.BadRequest.class)
                .hasMessageContaining(reason);
    }

    @Test
    void bytesThatAreNotUtf8AreMalformed() {
        var body = event("'x': 'é'").getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> EventReader.one(body, "org", NOW)).isInstanceOf(IngestRefusal.BadRequest.class);
    }

    @Test
    void aBodyThatIsNestedTooDeepIsMalformed() {
        var body = "{\"event\":{\"properties\":{\"a\":" + "[".repeat(100_000);

        assertThatThrownBy(() -> EventReader.one(bytes(body), "org", NOW)).isInstanceOf(IngestRefusal.BadRequest.class);
    }

    @Test
    void aBatchIsReadEventByEvent() {
        var body = "{'other': [1], 'events': [%s, 3, %s]}".formatted(inner("'code': 'a'"), inner("'code': ''"));

        var found = EventReader.batch(bytes(body), "org", NOW, 3);
        assertThat(found).hasSize(3);
        assertThat(found.get(0)).isInstanceOf(Submission.Accepted.class);
        assertThat(found.get(1)).isEqualTo(new Submission.Refused(Map.of("event", List.of("invalid_format"))));
        assertThat(found.get(2)).isEqualTo(new Submission.Refused(Map.of("code", List.of("value_is_mandatory"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`{}` | no_events",
                "`{'events': []}` | no_events",
                "`{'events': null}` | no_events",
                "`{'events': {'code': 'a'}}` | invalid_format",
                "`{'events': [1, 2, 3, 4]}` | too_many_events",
            })
    void aBatchHasFromOneEventToTheLimit(String body, String code) {
        assertThatThrownBy(() -> EventReader.batch(bytes(body), "org", NOW, 3))
                .asInstanceOf(type(IngestRefusal.Invalid.class))
                .satisfies(refusal -> assertThat(refusal.details()).hasToString("{events=[" + code + "]}"));
    }

    private static RawEvent accepted(String body) {
        var submission = EventReader.one(bytes(body), "org", NOW);
        assertThat(submission).isInstanceOf(Submission.Accepted.class);
        return ((Submission.Accepted) submission).event();
    }

    /// A good event of which the member overrides or adds one thing.
    private static String event(String member) {
        return "{'event': %s}".formatted(inner(member));
    }

    private static String inner(String member) {
        return "{'transaction_id': 't1', 'external_subscription_id': 'sub', 'code': 'tokens', %s}".formatted(member);
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
