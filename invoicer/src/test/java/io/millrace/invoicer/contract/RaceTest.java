package io.millrace.invoicer.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.Locks;
import io.millrace.invoicer.RunningInvoicer;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests that get in each other's way.
@ExtendWith(MillraceStack.class)
class RaceTest {
    private static final int AT_ONCE = 8;
    private static final int ROUNDS = 5;

    private static EmbeddedStack stack;
    private static RunningInvoicer invoicer;
    private static ApiClient api;

    @BeforeAll
    static void start(EmbeddedStack engines) {
        stack = engines;
        invoicer = RunningInvoicer.start(stack);
        api = invoicer.api();
        api.create(
                "/plans",
                "{'plan': {'code': 'p', 'name': 'P', 'interval': 'monthly', 'amount_cents': 0, 'amount_currency': 'EUR'}}"
                        .replace('\'', '"'));
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
        /taxes            | code        | {"tax": {"code": "%s", "name": "T", "rate": "1"}}
        /add_ons          | code        | {"add_on": {"code": "%s", "name": "A", "amount_cents": 1, "amount_currency": "EUR"}}
        /billable_metrics | code        | {"billable_metric": {"code": "%s", "name": "M", "aggregation_type": "count_agg"}}
        /plans            | code        | {"plan": {"code": "%s", "name": "P", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}}
        /webhook_endpoints | webhook_url | {"webhook_endpoint": {"webhook_url": "http://localhost:1/%s"}}
        """)
    void ofAllWhoWantANameOneGetsIt(String path, String field, String body) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var answers = atOnce(path, body.formatted("name_" + round));
            assertThat(answers.stream().filter(answer -> answer.status() == 200))
                    .hasSize(1);
            assertThat(answers.stream().filter(answer -> answer.status() != 200))
                    .allSatisfy(answer -> assertThat(answer.text("error_details"))
                            .as(answer.body())
                            .isEqualTo("{" + field + "=[value_already_exist]}"));
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
        /customers     | {"customer": {"external_id": "%s", "name": "C"}}
        /subscriptions | {"subscription": {"external_customer_id": "of_%1$s", "external_id": "%1$s", "plan_code": "p"}}
        """)
    void whatMayBeThereAlreadyAllGet(String path, String body) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            assertThat(atOnce(path, body.formatted("name_" + round)))
                    .allSatisfy(answer ->
                            assertThat(answer.status()).as(answer.body()).isEqualTo(200))
                    .extracting(answer -> answer.body().replaceAll("\"updated_at\":\"[^\"]*\"", ""))
                    .containsOnly(api.get(path + "/name_" + round).body().replaceAll("\"updated_at\":\"[^\"]*\"", ""));
        }
    }

    @Test
    void whoeverWaitsInACircleMayAskAgain() throws Exception {
        var subscription =
                "{\"subscription\": {\"external_customer_id\": \"held\", \"external_id\": \"held\", \"plan_code\": \"p\"}}";
        api.create("/subscriptions", subscription);
        var key = Map.of("Idempotency-Key", "again");
        try (var other = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var threads = Executors.newVirtualThreadPerTaskExecutor();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select from customers where external_id = 'held' for update");
            // It has the subscription and waits for the customer; now the other one wants the subscription.
            var refused = threads.submit(() -> api.send("POST", "/subscriptions", subscription, key));
            await().until(() -> Locks.holdUpAnother(statement));
            statement.execute("select from subscriptions where external_id = 'held' for update");
            assertThat(refused.get().status()).isEqualTo(409);
            assertThat(refused.get().text("code")).isEqualTo("concurrent_write");
            other.rollback();
        }
        assertThat(api.send("POST", "/subscriptions", subscription, key).status())
                .isEqualTo(200);
    }

    private static List<Answer> atOnce(String path, String body) throws Exception {
        var start = new CyclicBarrier(AT_ONCE);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Answer> request = () -> {
                start.await();
                return api.post(path, body);
            };
            var answers = new ArrayList<Answer>();
            for (var answer : threads.invokeAll(
                    Stream.generate(() -> request).limit(AT_ONCE).toList())) answers.add(answer.get());
            return answers;
        }
    }
}
