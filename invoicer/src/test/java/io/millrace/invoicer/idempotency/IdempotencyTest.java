package io.millrace.invoicer.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.RunningInvoicer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Test clocks are what is created here: nothing of theirs is unique, so that two requests would make two.
@ExtendWith(MillraceStack.class)
class IdempotencyTest {
    private static EmbeddedStack stack;
    private static RunningInvoicer invoicer;

    @BeforeAll
    static void start(EmbeddedStack engines) {
        stack = engines;
        invoicer = RunningInvoicer.start(stack);
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void aRequestThatIsSentAgainChangesNothingAndIsAnsweredAsItWas() {
        var first = create(invoicer.api(), "again", "again");
        assertThat(first.status()).isEqualTo(200);
        assertThat(create(invoicer.api(), "again", "again")).isEqualTo(first);
        assertThat(count("again")).isEqualTo(1);
        assertThat(create(invoicer.api(), "another-key", "again")).isNotEqualTo(first);
        assertThat(count("again")).isEqualTo(2);
    }

    @Test
    void theAnswerAndTheChangeAreOneTransaction() throws SQLException {
        create(invoicer.api(), "one-transaction", "one transaction");
        try (var connection = connect();
                var row = connection.createStatement().executeQuery("""
                        select k.xmin::text, c.xmin::text from idempotency_keys k, test_clocks c
                        where k.key = 'one-transaction' and c.name = 'one transaction'""")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1)).isEqualTo(row.getString(2));
        }
    }

    @Test
    void aKeyIsForOneRequestOnly() {
        create(invoicer.api(), "taken", "taken");
        var otherBody = create(invoicer.api(), "taken", "other");
        var otherRoute = invoicer.api().send("POST", "/customers", body("taken"), key("taken"));
        for (var refused : List.of(otherBody, otherRoute)) {
            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.text("code")).isEqualTo("validation_errors");
            assertThat(refused.text("error_details")).isEqualTo("{idempotency_key=[value_already_used]}");
        }
        assertThat(count("other")).isZero();
    }

    @Test
    void anotherOrganizationsKeyIsAnotherKey() {
        var mine = create(invoicer.api(), "shared", "shared");
        try (var other = RunningInvoicer.start(stack)) {
            var theirs = create(other.api(), "shared", "shared");
            assertThat(theirs.status()).isEqualTo(200);
            assertThat(theirs.text("test_clock.lago_id")).isNotEqualTo(mine.text("test_clock.lago_id"));
        }
    }

    @Test
    void aRefusalIsKeptLikeAnyAnswer() {
        var metric = """
                {"billable_metric": {"name": "M", "code": "kept_refusal", "aggregation_type": "sum_agg"%s}}""";
        var refused = invoicer.api().send("POST", "/billable_metrics", metric.formatted(""), key("refusal"));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text("error_details")).isEqualTo("{field_name=[value_is_mandatory]}");
        var corrected = metric.formatted(", \"field_name\": \"n\"");
        assertThat(invoicer.api()
                        .send("POST", "/billable_metrics", corrected, key("refusal"))
                        .text("error_details"))
                .isEqualTo("{idempotency_key=[value_already_used]}");
        assertThat(invoicer.api().send("POST", "/billable_metrics", metric.formatted(""), key("refusal")))
                .isEqualTo(refused);

        var missing = invoicer.api().send("POST", "/test_clocks/1/advance", body("m"), key("missing"));
        assertThat(missing.text("code")).isEqualTo("test_clock_not_found");
        assertThat(invoicer.api().send("POST", "/test_clocks/1/advance", body("m"), key("missing")))
                .isEqualTo(missing);
    }

    @Test
    void aRequestNeedsNoBody() {
        var path = "/dead_letters/re_drive?code=none";
        var first = invoicer.api().send("POST", path, null, key("no-body"));
        assertThat(first.status()).isEqualTo(200);
        assertThat(invoicer.api().send("POST", path, null, key("no-body"))).isEqualTo(first);
        assertThat(invoicer.api()
                        .send("POST", path + "&page=2", null, key("no-body"))
                        .status())
                .isEqualTo(422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"with space", "255+"})
    void aKeyThatCouldBeMisreadIsRefused(String text) {
        var key = text.equals("255+") ? "k".repeat(256) : text;
        var refused = create(invoicer.api(), key, "misread");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text("error_details")).isEqualTo("{idempotency_key=[invalid_format]}");
        assertThat(create(invoicer.api(), "k".repeat(255), "long").status()).isEqualTo(200);
    }

    @Test
    void ofSixteenAtOnceOneIsDone() throws Exception {
        var together = new CyclicBarrier(16);
        var answers = atOnce(16, () -> {
            together.await();
            return create(invoicer.api(), "race", "race");
        });
        assertThat(answers).extracting(Answer::status).isSubsetOf(200, 409).contains(200);
        assertThat(answers.stream().filter(answer -> answer.status() == 200).distinct())
                .hasSize(1);
        assertThat(count("race")).isEqualTo(1);
    }

    @Test
    void whileARequestRunsItsKeyIsInUse() throws Exception {
        try (var connection = connect()) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("lock table test_clocks in exclusive mode");
            var running = CompletableFuture.supplyAsync(() -> create(invoicer.api(), "slow", "slow"));
            await().atMost(Duration.ofSeconds(30)).until(IdempotencyTest::isSomebodyWaiting);
            var refused = create(invoicer.api(), "slow", "slow");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.text("code")).isEqualTo("idempotency_key_in_use");
            connection.rollback();
            assertThat(create(invoicer.api(), "slow-2", "slow").status()).isEqualTo(200);
            var done = running.join();
            assertThat(done.status()).isEqualTo(200);
            assertThat(create(invoicer.api(), "slow", "slow")).isEqualTo(done);
        }
    }

    @Test
    void aFailureIsTriedAgain() throws SQLException {
        try (var connection = connect()) {
            connection.createStatement().execute("alter table test_clocks add check (name <> 'failing') not valid");
            assertThat(create(invoicer.api(), "failing", "failing").status()).isEqualTo(500);
            connection.createStatement().execute("alter table test_clocks drop constraint test_clocks_name_check");
        }
        assertThat(create(invoicer.api(), "failing", "failing").status()).isEqualTo(200);
        assertThat(count("failing")).isEqualTo(1);
    }

    @Test
    void anAnswerOutlivesTheProcess() {
        var key = "key-" + UUID.randomUUID();
        var settings = Map.of("MILLRACE_API_KEY", key);
        Answer first;
        try (var before = RunningInvoicer.start(stack, settings)) {
            first = create(before.api(key), "restart", "restart");
        }
        try (var after = RunningInvoicer.start(stack, settings)) {
            assertThat(create(after.api(key), "restart", "restart")).isEqualTo(first);
        }
    }

    @Test
    void afterADayAKeyIsForgotten() throws SQLException {
        var first = create(invoicer.api(), "day", "day");
        create(invoicer.api(), "forgotten", "day");
        age(Duration.ofHours(24).minusMinutes(1));
        assertThat(create(invoicer.api(), "day", "day")).isEqualTo(first);
        age(Duration.ofMinutes(2));
        assertThat(create(invoicer.api(), "day", "day")).isNotEqualTo(first);
        try (var connection = connect();
                var row = connection
                        .createStatement()
                        .executeQuery("select count(*) from idempotency_keys where key = 'forgotten'")) {
            row.next();
            assertThat(row.getInt(1)).isZero();
        }
    }

    private static Answer create(ApiClient api, String key, String name) {
        return api.send("POST", "/test_clocks", body(name), key(key));
    }

    private static String body(String name) {
        return "{\"test_clock\": {\"name\": \"%s\"}}".formatted(name);
    }

    private static Map<String, String> key(String key) {
        return Map.of("Idempotency-Key", key);
    }

    private static long count(String name) {
        try (var connection = connect();
                var query = connection.prepareStatement(
                        "select count(*) from test_clocks where name = ? and organization_id = ?")) {
            query.setString(1, name);
            query.setObject(2, invoicer.organization());
            var row = query.executeQuery();
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /// Makes the two keys of one test older.
    private static void age(Duration by) throws SQLException {
        try (var connection = connect();
                var update = connection.prepareStatement("""
                        update idempotency_keys set created_at = created_at - ? * interval '1 second'
                        where key in ('day', 'forgotten')""")) {
            update.setLong(1, by.toSeconds());
            update.executeUpdate();
        }
    }

    private static boolean isSomebodyWaiting() throws SQLException {
        try (var connection = connect();
                var row = connection.createStatement().executeQuery("""
                        select exists (select 1 from pg_locks
                        where not granted and relation = 'test_clocks'::regclass and mode = 'RowExclusiveLock')""")) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static <T> List<T> atOnce(int count, Callable<T> task) throws Exception {
        try (var threads = Executors.newFixedThreadPool(count)) {
            var running = new ArrayList<Future<T>>();
            for (int i = 0; i < count; i++) running.add(threads.submit(task));
            var results = new ArrayList<T>();
            for (var each : running) results.add(each.get());
            return results;
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
    }
}
