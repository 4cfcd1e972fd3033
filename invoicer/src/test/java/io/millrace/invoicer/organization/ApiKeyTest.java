package io.millrace.invoicer.organization;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.web.router.Router;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.contract.Open;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(MillraceStack.class)
class ApiKeyTest {
    private static RunningInvoicer service;

    private final EmbeddedStack stack;
    private RunningInvoicer invoicer;
    private ApiClient owner;

    ApiKeyTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    @BeforeAll
    static void start(EmbeddedStack stack) {
        service = RunningInvoicer.start(stack);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    /// Each test has an organization of its own, with one key that may do everything.
    @BeforeEach
    void makeOrganization() {
        invoicer = service.withNewOrganization();
        owner = invoicer.api();
    }

    @Test
    void aSecretIsShownOnceAndNeverStored() throws SQLException {
        var made = key("backend", "{\"plan\": [\"read\"]}");
        var secret = made.text("api_key.value");
        assertThat(secret).matches("mr_[0-9a-f]{64}");
        var shown = owner.get("/api_keys/" + id(made));
        assertThat(shown.at("api_key.value")).isNull();
        assertThat(secret).endsWith(shown.text("api_key.last_characters"));
        assertThat(shown.text("api_key.name")).isEqualTo("backend");
        assertThat(shown.text("api_key.permissions")).isEqualTo("{plan=[read]}");
        var list = owner.get("/api_keys");
        assertThat(list.text("meta.total_count")).isEqualTo("2");
        assertThat(list.body()).doesNotContain(secret);
        try (var connection = connect();
                var rows = connection.createStatement().executeQuery("select k::text from api_keys k")) {
            while (rows.next()) assertThat(rows.getString(1)).doesNotContain(secret);
        }
    }

    @Test
    void aSecretIsNotKeptForAnIdempotencyKeyEither() {
        var body = "{\"api_key\": {\"name\": \"once\"}}";
        var header = Map.of("Idempotency-Key", "once");
        var first = owner.send("POST", "/api_keys", body, header);
        var again = owner.send("POST", "/api_keys", body, header);
        assertThat(first.text("api_key.value")).startsWith("mr_");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.at("api_key.value")).isNull();
        assertThat(id(again)).isEqualTo(id(first));
        assertThat(owner.get("/api_keys").text("meta.total_count")).isEqualTo("2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        GET    | /plans                        | 200 |
        GET    | /customers/nobody             | 404 | customer_not_found
        POST   | /plans                        | 403 | write_action_not_allowed_for_plan
        PUT    | /plans/p                      | 403 | write_action_not_allowed_for_plan
        DELETE | /plans/p                      | 403 | write_action_not_allowed_for_plan
        GET    | /customers/c/current_usage    | 403 | read_action_not_allowed_for_customer_usage
        GET    | /invoices                     | 403 | read_action_not_allowed_for_invoice
        GET    | /events/e/trace               | 403 | read_action_not_allowed_for_event
        POST   | /test_clocks/1/advance        | 400 |
        POST   | /dead_letters/re_drive        | 403 | write_action_not_allowed_for_dead_letter
        GET    | /api_keys                     | 403 | read_action_not_allowed_for_api_key
        POST   | /api_keys                     | 403 | write_action_not_allowed_for_api_key
        GET    | /nothing/here                 | 404 | object_not_found
        """)
    void aKeyDoesWhatItIsPermitted(String method, String path, int status, String code) {
        owner.create("/test_clocks", "{\"test_clock\": {\"name\": \"1\"}}");
        var limited =
                client(key("limited", "{\"plan\": [\"read\"], \"customer\": [\"read\"], \"test_clock\": [\"write\"]}"));
        var real = path.replace("/1/", "/" + owner.get("/test_clocks").text("test_clocks.0.lago_id") + "/");
        var answer = limited.send(method, real, method.equals("GET") ? null : "{}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.at("code")).isEqualTo(code);
    }

    @Test
    void everyRouteThatNeedsAKeyIsOfAResource() {
        assertThat(invoicer.get(Router.class)
                        .uriRoutes()
                        .filter(route -> route.getUriMatchTemplate().toString().startsWith("/api/v1/"))
                        .filter(route -> !route.getAnnotationMetadata().hasAnnotation(Open.class)))
                .isNotEmpty()
                .allMatch(route ->
                        Resource.of(route.getUriMatchTemplate().toString()).isPresent());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"permissions": {}}                            | permissions=[value_is_mandatory]
        {"permissions": {"plan": []}}                  | permissions=[value_is_mandatory]
        {"permissions": {"plans": ["read"]}}           | permissions=[value_is_invalid]
        {"permissions": {"plan": ["delete"]}}          | permissions=[value_is_invalid]
        {"permissions": {"plan": [null]}}              | permissions=[value_is_invalid]
        {"permissions": {"plan": "read"}}              | permissions=[value_is_invalid]
        {"permissions": ["plan"]}                      | permissions=[invalid_format]
        {"name": 7}                                    | name=[invalid_format]
        """)
    void permissionsAreNeverGuessed(String fields, String details) {
        var answer = owner.post("/api_keys", "{\"api_key\": %s}".formatted(fields));
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(answer.text("error_details")).isEqualTo("{" + details + "}");
    }

    @Test
    void aKeyHandsOutNoMoreThanItHas() {
        var keeper = client(key("keeper", "{\"api_key\": [\"read\", \"write\"], \"plan\": [\"read\"]}"));
        for (var more : new String[] {"{}", "{\"permissions\": {\"plan\": [\"write\"]}}"}) {
            var answer = keeper.post("/api_keys", "{\"api_key\": %s}".formatted(more));
            assertThat(answer.text("error_details")).isEqualTo("{permissions=[exceeds_own_permissions]}");
        }
        var less = keeper.create("/api_keys", "{\"api_key\": {\"permissions\": {\"plan\": [\"read\"]}}}");
        assertThat(keeper.put("/api_keys/" + id(less), "{\"api_key\": {\"permissions\": {\"invoice\": [\"read\"]}}}")
                        .status())
                .isEqualTo(422);
        var full = owner.get("/api_keys").text("api_keys.2.lago_id");
        for (var forbidden : new Answer[] {
            keeper.post("/api_keys/" + full + "/rotate", "{\"api_key\": {}}"),
            keeper.put("/api_keys/" + full, "{\"api_key\": {\"name\": \"mine\"}}"),
            keeper.delete("/api_keys/" + full)
        }) {
            assertThat(forbidden.status()).as(forbidden.body()).isEqualTo(403);
        }
        assertThat(keeper.delete("/api_keys/" + id(less)).status()).isEqualTo(200);
    }

    @Test
    void theLastKeyThatManagesKeysStays() {
        var full = owner.get("/api_keys").text("api_keys.0.lago_id");
        assertThat(owner.delete("/api_keys/" + full).text("error_details")).isEqualTo("{base=[last_managing_api_key]}");
        var demote = "{\"api_key\": {\"permissions\": {\"plan\": [\"read\"]}}}";
        assertThat(owner.put("/api_keys/" + full, demote).text("error_details"))
                .isEqualTo("{base=[last_managing_api_key]}");
        var second = client(key("second", "{\"api_key\": [\"write\"]}"));
        assertThat(owner.delete("/api_keys/" + full).status()).isEqualTo(200);
        assertThat(owner.get("/plans").status()).isEqualTo(401);
        assertThat(second.post("/api_keys", "{\"api_key\": {\"permissions\": {\"api_key\": [\"write\"]}}}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aRotatedKeyWorksUntilItsEnd() {
        var old = key("rotated", "{\"plan\": [\"read\"]}");
        var end = Instant.now().plusSeconds(3600);
        assertThat(owner.post("/api_keys/" + id(old) + "/rotate", "{\"api_key\": {\"expires_at\": \"2020-01-01\"}}")
                        .text("error_details"))
                .isEqualTo("{expires_at=[value_is_out_of_range]}");
        var next = owner.create(
                "/api_keys/" + id(old) + "/rotate", "{\"api_key\": {\"expires_at\": \"%s\"}}".formatted(end));
        assertThat(next.text("api_key.permissions")).isEqualTo("{plan=[read]}");
        assertThat(next.text("api_key.name")).isEqualTo("rotated");
        assertThat(client(old).get("/plans").status()).isEqualTo(200);
        assertThat(client(next).get("/plans").status()).isEqualTo(200);
        assertThat(owner.get("/api_keys/" + id(old)).at("api_key.expires_at")).isNotNull();

        var last = owner.create("/api_keys/" + id(next) + "/rotate", "{\"api_key\": {}}");
        assertThat(client(next).get("/plans").status()).isEqualTo(401);
        assertThat(client(last).get("/plans").status()).isEqualTo(200);
        assertThat(owner.get("/api_keys/" + id(next)).status()).isEqualTo(404);
    }

    @Test
    void aChangedPermissionHoldsAtOnce() {
        var made = key("changed", "{\"plan\": [\"read\"]}");
        var changed = owner.put("/api_keys/" + id(made), "{\"api_key\": {\"permissions\": {\"invoice\": [\"read\"]}}}");
        assertThat(changed.text("api_key.name")).isEqualTo("changed");
        assertThat(client(made).get("/plans").status()).isEqualTo(403);
        assertThat(client(made).get("/invoices").status()).isEqualTo(200);
    }

    @Test
    void theUseOfAKeyIsNotedOnceAMinute() throws SQLException {
        var made = key("used", "{\"plan\": [\"read\"]}");
        assertThat(owner.get("/api_keys/" + id(made)).at("api_key.last_used_at"))
                .isNull();
        client(made).get("/plans");
        assertThat(owner.get("/api_keys/" + id(made)).at("api_key.last_used_at"))
                .isNotNull();
        var row = row(id(made));
        for (int i = 0; i < 5; i++) client(made).get("/plans");
        assertThat(row(id(made))).isEqualTo(row);
    }

    @Test
    void keysOfOthersAreNotFound() {
        var other = service.withNewOrganization();
        var theirs = "/api_keys/" + other.api().get("/api_keys").text("api_keys.0.lago_id");
        assertThat(owner.get(theirs).status()).isEqualTo(404);
        assertThat(owner.delete(theirs).status()).isEqualTo(404);
        assertThat(owner.post(theirs + "/rotate", "{\"api_key\": {}}").status()).isEqualTo(404);
        assertThat(owner.put(theirs, "{\"api_key\": {\"name\": \"x\"}}").status())
                .isEqualTo(404);
    }

    private Answer key(String name, String permissions) {
        return owner.create("/api_keys", """
                {"api_key": {"name": "%s", "permissions": %s}}""".formatted(name, permissions));
    }

    private ApiClient client(Answer key) {
        return invoicer.api(key.text("api_key.value"));
    }

    private static String id(Answer key) {
        return key.text("api_key.lago_id");
    }

    /// Which version of a row there is: another after every write.
    private String row(String id) throws SQLException {
        try (var connection = connect();
                var query = connection.prepareStatement("select xmin::text from api_keys where id = ?::uuid")) {
            query.setString(1, id);
            var row = query.executeQuery();
            row.next();
            return row.getString(1);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
    }
}
