package io.millrace.invoicer.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(MillraceStack.class)
class TestClockTest {
    private static RunningInvoicer invoicer;
    private static ApiClient api;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(stack, Map.of("MILLRACE_BILLING_INTERVAL_MS", "100"));
        api = invoicer.api();
        for (var interval : List.of("monthly", "weekly")) {
            api.create("/plans", """
                    {"plan": {"code": "%s", "name": "P", "interval": "%s", "amount_cents": 700, "amount_currency": "EUR"}}""".formatted(interval, interval));
        }
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void whatBecomesDueInThreeMonthsHappensInOrder() {
        var clock = clock("2026-03-02");
        for (var interval : List.of("monthly", "weekly")) {
            api.create("/customers", """
                    {"customer": {"external_id": "%s", "test_clock_id": "%s"}}""".formatted(interval, clock));
            api.create("/subscriptions", """
                    {"subscription": {"external_customer_id": "%s", "plan_code": "%s", "external_id": "%s"}}""".formatted(interval, interval, interval));
        }
        assertThat(status(clock)).as("nothing is due").isEqualTo("ready");
        assertThat(advance(clock, "2026-06-03").text("test_clock.status")).isEqualTo("advancing");
        await().atMost(Duration.ofSeconds(60)).until(() -> status(clock).equals("ready"));

        var invoices = api.get("/invoices?per_page=100");
        var issued = ((List<?>) invoices.at("invoices"))
                .reversed().stream()
                        .map(each -> ((Map<?, ?>) each).get("issuing_date").toString())
                        .toList();
        assertThat(issued)
                .containsExactly(
                        "2026-03-09",
                        "2026-03-16",
                        "2026-03-23",
                        "2026-03-30",
                        "2026-04-01",
                        "2026-04-06",
                        "2026-04-13",
                        "2026-04-20",
                        "2026-04-27",
                        "2026-05-01",
                        "2026-05-04",
                        "2026-05-11",
                        "2026-05-18",
                        "2026-05-25",
                        "2026-06-01",
                        "2026-06-01");
        assertThat(api.get("/customers/monthly/invoices").text("meta.total_count"))
                .isEqualTo("3");
        assertThat(api.get("/test_clocks/" + clock).text("test_clock.now")).isEqualTo("2026-06-03T00:00:00Z");
    }

    @Test
    void aClockIsDeletedOnceNobodyLivesByIt() {
        var clock = clock("2026-03-01");
        var attach = """
                {"customer": {"external_id": "lives", "test_clock_id": "%s"}}""".formatted(clock);
        api.create("/customers", attach);
        var refused = api.delete("/test_clocks/" + clock);
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.text("code")).isEqualTo("attached_to_customers");
        assertThat(api.get("/test_clocks/" + clock).status()).isEqualTo(200);

        api.delete("/customers/lives");
        assertThat(api.delete("/test_clocks/" + clock).text("test_clock.lago_id"))
                .isEqualTo(clock);
        assertThat(api.get("/test_clocks/" + clock).text("code")).isEqualTo("test_clock_not_found");
        assertThat(advance(clock, "2026-04-01").status()).isEqualTo(404);
        assertThat(api.delete("/test_clocks/" + clock).status()).isEqualTo(404);
        assertThat(api.get("/test_clocks?per_page=100").body()).doesNotContain(clock);
        assertThat(api.post("/customers", attach).text("code")).isEqualTo("test_clock_not_found");
    }

    @Test
    void anAdvanceThatMakesNoSenseIsRefused(EmbeddedStack stack) {
        var clock = clock("2026-03-01T12:00:00Z");
        assertThat(advance(clock, "2026-03-01T12:00:00Z").status())
                .as("the same again")
                .isEqualTo(200);
        assertThat(advance(clock, "2026-03-01").text("error_details")).isEqualTo("{now=[value_is_out_of_range]}");
        assertThat(advance(clock, "soon").text("error_details")).isEqualTo("{now=[invalid_date]}");
        assertThat(api.post("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"at\": 1}}")
                        .text("error_details"))
                .isEqualTo("{now=[value_is_mandatory]}");
        assertThat(api.post("/test_clocks", "{\"test_clock\": {\"now\": \"soon\", \"name\": 7}}")
                        .text("error_details"))
                .isEqualTo("{name=[invalid_format], now=[invalid_date]}");
        try (var other = RunningInvoicer.start(stack)) {
            assertThat(other.api().get("/test_clocks/" + clock).status()).isEqualTo(404);
            assertThat(other.api().post("/customers", """
                    {"customer": {"external_id": "thief", "test_clock_id": "%s"}}""".formatted(clock)).status())
                    .isEqualTo(404);
        }
        api.create("/customers", "{\"customer\": {\"external_id\": \"free\"}}");
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "free", "plan_code": "weekly", "external_id": "free"}}""");
        assertThat(api.post("/customers", """
                {"customer": {"external_id": "free", "test_clock_id": "%s"}}""".formatted(clock)).text("error_details"))
                .as("its periods so far were closed by another time")
                .isEqualTo("{test_clock_id=[value_is_invalid]}");
    }

    private static String clock(String now) {
        return api.create("/test_clocks", "{\"test_clock\": {\"now\": \"%s\"}}".formatted(now))
                .text("test_clock.lago_id");
    }

    private static ApiClient.Answer advance(String clock, String now) {
        return api.post("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"%s\"}}".formatted(now));
    }

    private static String status(String clock) {
        return api.get("/test_clocks/" + clock).text("test_clock.status");
    }
}
