package io.millrace.invoicer.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.invoice.Streams.Counted;
import io.millrace.invoicer.subscription.Subscriptions;
import io.millrace.topic.Keys;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What becomes of subscriptions, and what of it is on invoices. Each test has a customer with a clock of its own,
/// in March 2026.
@ExtendWith(MillraceStack.class)
class LifecycleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static EmbeddedStack stack;
    private static RunningInvoicer invoicer;
    private static ApiClient api;
    private static Streams streams;

    @BeforeAll
    static void sell(EmbeddedStack engines) {
        stack = engines;
        invoicer = RunningInvoicer.start(engines, Map.of("MILLRACE_BILLING_INTERVAL_MS", "50"));
        api = invoicer.api();
        streams = new Streams(engines, invoicer.organization());
        var calls = metric("calls", "count_agg", false);
        var seats = metric("seats", "sum_agg", true);
        plan("basic", 3100, charge(calls, "0.50"), "");
        plan("premium", 6200, charge(calls, "0.25"), "");
        plan("mini", 1000, charge(calls, "1"), "");
        plan("ahead", 6200, charge(calls, "0.50"), ", \"pay_in_advance\": true");
        plan("tried", 3100, charge(calls, "0.50"), ", \"trial_period\": 5");
        plan("tried_ahead", 3100, charge(calls, "0.50"), ", \"trial_period\": 5, \"pay_in_advance\": true");
        plan("seated", 9900, charge(seats, "7"), "");
        // Nobody is there: what would be told is enough.
        api.create("/webhook_endpoints", """
                {"webhook_endpoint": {"webhook_url": "http://localhost:9/", "signature_algo": "hmac"}}""");
    }

    @AfterAll
    static void stop() {
        streams.close();
        invoicer.close();
    }

    @Test
    void anUpgradeIsAtOnceAndBillsTheOldPlansDaysAndUsage() throws SQLException {
        var customer = new Customer("upgrade");
        var old = customer.subscribe("basic", ", \"name\": \"Main\"").text("subscription.lago_id");
        send("upgrade", old, "basic", "2026-03-05T00:00:00Z");
        send("upgrade", old, "basic", "2026-03-21T11:59:59.999999Z");
        customer.advance("2026-03-21T12:00:00Z");
        var upgraded = customer.subscribe("premium", "");

        assertThat(shown(upgraded)).isEqualTo("active premium after basic, Main, since 2026-03-21T12:00:00Z");
        assertThat(upgraded.text("subscription.subscription_at")).isEqualTo("2026-03-01T00:00:00Z");
        assertThat(customer.subscribe("premium", "").text("subscription.lago_id"))
                .as("asked for again")
                .isEqualTo(upgraded.text("subscription.lago_id"));
        var before = api.get("/subscriptions/upgrade?status=terminated");
        assertThat(shown(before)).isEqualTo("terminated basic before premium, Main, since 2026-03-01T00:00:00Z");
        assertThat(before.text("subscription.terminated_at")).isEqualTo("2026-03-21T12:00:00Z");
        assertThat(spans("upgrade"))
                .containsExactly(
                        "basic 2026-03-01T00:00:00Z - 2026-03-21T12:00:00Z", "premium 2026-03-21T12:00:00Z - null");
        // 20 of 31 days of 31.00, for the day of the upgrade is the new plan's; 2 × 0.50
        assertThat(customer.invoice(1))
                .containsExactly("2026-03-21 subscription_terminating", "subscription basic 2000", "charge calls 100");

        send("upgrade", upgraded.text("subscription.lago_id"), "premium", "2026-03-21T12:00:00Z");
        customer.advance("2026-04-01");
        // 11 of 31 days of 62.00; 1 × 0.25
        assertThat(customer.invoice(2))
                .containsExactly("2026-04-01 subscription_periodic", "subscription premium 2200", "charge calls 25");
        assertThat(heard(old, upgraded.text("subscription.lago_id")))
                .containsExactly("subscription.started", "subscription.terminated", "subscription.started");
    }

    @Test
    void aDowngradeWaitsForThePeriodsEndAlsoWhenNobodyBillsForMonths() {
        var customer = new Customer("downgrade");
        var active = customer.subscribe("premium", "");
        assertThat(shown(customer.subscribe("basic", "")))
                .isEqualTo("active premium before basic, null, since 2026-03-01T00:00:00Z");
        assertThat(api.get("/subscriptions/downgrade").text("subscription.downgrade_plan_date"))
                .isEqualTo("2026-04-01");
        assertThat(shown(api.get("/subscriptions/downgrade?status=pending")))
                .isEqualTo("pending basic after premium, null, since null");
        assertThat(spans("downgrade"))
                .containsExactly(
                        "premium 2026-03-01T00:00:00Z - 2026-04-01T00:00:00Z", "basic 2026-04-01T00:00:00Z - null");

        var canceled = api.delete("/subscriptions/downgrade?status=pending");
        assertThat(canceled.text("subscription.status")).isEqualTo("canceled");
        assertThat(canceled.text("subscription.canceled_at")).isEqualTo("2026-03-10T00:00:00Z");
        assertThat(shown(api.get("/subscriptions/downgrade")))
                .isEqualTo("active premium, null, since 2026-03-01T00:00:00Z");
        assertThat(spans("downgrade")).containsExactly("premium 2026-03-01T00:00:00Z - null");

        customer.subscribe("basic", "");
        // Another change replaces it.
        customer.subscribe("mini", "");
        assertThat(api.get("/subscriptions?external_id=downgrade&status[]=canceled")
                        .text("meta.total_count"))
                .isEqualTo("2");
        customer.advance("2026-06-15");
        assertThat(customer.invoice(1))
                .containsExactly("2026-04-01 subscription_terminating", "subscription premium 6200");
        assertThat(customer.invoice(2)).containsExactly("2026-05-01 subscription_periodic", "subscription mini 1000");
        assertThat(customer.invoice(3)).containsExactly("2026-06-01 subscription_periodic", "subscription mini 1000");
        var after = api.get("/subscriptions/downgrade");
        assertThat(shown(after)).isEqualTo("active mini after premium, null, since 2026-04-01T00:00:00Z");
        assertThat(after.text("subscription.lago_id")).isNotEqualTo(active.text("subscription.lago_id"));
    }

    @Test
    void aPlanChangeSeesWhatIsDueEvenIfItHasNotHappenedYet() {
        var customer = new Customer("overdue");
        customer.subscribe("premium", "");
        customer.subscribe("basic", "");
        customer.move("2026-04-11");
        // By now it is on the smaller plan: this is an upgrade, not a second downgrade.
        assertThat(shown(customer.subscribe("premium", "")))
                .isEqualTo("active premium after basic, null, since 2026-04-11T00:00:00Z");
        assertThat(customer.invoice(1))
                .containsExactly("2026-04-01 subscription_terminating", "subscription premium 6200");
        assertThat(customer.invoice(2))
                .as("10 of 30 days of 31.00")
                .containsExactly("2026-04-11 subscription_terminating", "subscription basic 1033");
    }

    @Test
    void aSubscriptionEndsWhenItIsToldOrWhenItsTimeHasCome() {
        var skipped = new Customer("skipped");
        skipped.subscribe("basic", "");
        skipped.subscribe("mini", "");
        var terminated = api.delete("/subscriptions/skipped?on_termination_invoice=skip");
        assertThat(terminated.text("subscription.on_termination_invoice")).isEqualTo("skip");
        assertThat(terminated.at("subscription.on_termination_credit_note")).isNull();
        assertThat(api.get("/subscriptions/skipped?status=pending").status())
                .as("its successor is canceled")
                .isEqualTo(404);

        var ending = new Customer("ending");
        ending.subscribe("basic", ", \"ending_at\": \"2026-04-11T00:00:00Z\"");
        ending.subscribe("mini", ""); // on 1 April, and until then
        ending.advance("2026-09-01");
        assertThat(ending.invoice(1)).containsExactly("2026-04-01 subscription_terminating", "subscription basic 3100");
        // 11 of 30 days of 10.00
        assertThat(ending.invoice(2)).containsExactly("2026-04-11 subscription_terminating", "subscription mini 367");
        assertThat(api.get("/subscriptions/ending").status()).isEqualTo(404);
        assertThat(api.get("/invoices?external_customer_id=skipped").text("meta.total_count"))
                .isEqualTo("0");

        // The same name again is another subscription, that follows none.
        var again = ending.subscribe("basic", ", \"subscription_at\": \"2026-09-01T00:00:00Z\"");
        assertThat(shown(again)).isEqualTo("active basic, null, since 2026-09-01T00:00:00Z");
        assertThat(spans("ending"))
                .containsExactly(
                        "basic 2026-03-01T00:00:00Z - 2026-04-01T00:00:00Z",
                        "mini 2026-04-01T00:00:00Z - 2026-04-11T00:00:00Z",
                        "basic 2026-09-01T00:00:00Z - null");
    }

    @Test
    void whatABillWouldNotFollowIsRefused() {
        var customer = new Customer("refused");
        customer.subscribe("basic", "");
        for (var refusal : Map.of(
                        "\"plan_code\": \"seated\"", "{plan_code=[feature_unavailable]}",
                        "\"plan_code\": \"premium\", \"billing_time\": \"anniversary\"",
                                "{billing_time=[value_is_invalid]}",
                        "\"plan_code\": \"premium\", \"subscription_at\": \"2026-05-01\"",
                                "{subscription_at=[value_is_invalid]}",
                        "\"plan_code\": \"mini\", \"ending_at\": \"2026-03-20T00:00:00Z\"",
                                "{ending_at=[invalid_date]}",
                        "\"plan_code\": \"premium\", \"consolidate_invoice\": false, \"purchase_order_number\": \"7\"",
                                "{consolidate_invoice=[feature_unavailable], purchase_order_number=[feature_unavailable]}")
                .entrySet()) {
            var answer = api.post("/subscriptions", """
                    {"subscription": {"external_customer_id": "refused", "external_id": "refused", %s}}""".formatted(refusal.getKey()));
            assertThat(answer.text("error_details")).as(refusal.getKey()).isEqualTo(refusal.getValue());
        }
        assertThat(shown(api.get("/subscriptions/refused")))
                .isEqualTo("active basic, null, since 2026-03-01T00:00:00Z");
    }

    @Test
    void subscriptionsAreListedByWhatTheContractFilters() {
        var customer = new Customer("listed");
        customer.subscribe("basic", "");
        customer.subscribe("mini", "");
        var listed = "/subscriptions?external_customer_id=listed";
        for (var filter : Map.of(
                        "", "[basic]",
                        "&status[]=active&status[]=pending", "[basic, mini]",
                        "&plan_code=mini", "[]",
                        "&plan_code=mini&status[]=pending", "[mini]",
                        "&external_id=listed", "[basic]",
                        "&external_id=other", "[]",
                        "&overridden=true", "[]",
                        "&overridden=false&currency=EUR", "[basic]",
                        "&currency=USD", "[]",
                        "&billing_entity_codes[]=other", "[]")
                .entrySet()) {
            var plans = new ArrayList<String>();
            for (var each : (List<?>) api.get(listed + filter.getKey()).at("subscriptions")) {
                plans.add(String.valueOf(((Map<?, ?>) each).get("plan_code")));
            }
            assertThat(plans.stream().sorted().toList().toString())
                    .as(filter.getKey())
                    .isEqualTo(filter.getValue());
        }
    }

    @Test
    void aSubscriptionIsChangedAsLongAsItHasNotEnded() {
        var customer = new Customer("changed");
        customer.subscribe("basic", ", \"ending_at\": \"2026-03-20T00:00:00Z\"");
        var changed = change("changed", "\"name\": \"Main\", \"ending_at\": \"2026-04-11T00:00:00Z\"");
        assertThat(shown(changed)).isEqualTo("active basic, Main, since 2026-03-01T00:00:00Z");
        assertThat(changed.text("subscription.ending_at")).isEqualTo("2026-04-11T00:00:00Z");
        assertThat(spans("changed")).containsExactly("basic 2026-03-01T00:00:00Z - 2026-04-11T00:00:00Z");
        for (var refusal : Map.of(
                        "\"subscription_at\": \"2026-03-02\"", "{subscription_at=[value_is_invalid]}",
                        "\"ending_at\": \"2026-03-09T00:00:00Z\"", "{ending_at=[invalid_date]}",
                        "\"ending_at\": \"soon\", \"name\": 7", "{name=[invalid_format], ending_at=[invalid_date]}")
                .entrySet()) {
            assertThat(change("changed", refusal.getKey()).text("error_details"))
                    .isEqualTo(refusal.getValue());
        }
        var later = new Customer("later");
        later.subscribe("basic", ", \"subscription_at\": \"2026-05-01T00:00:00Z\"");
        assertThat(change("later", "\"name\": \"Later\"").status())
                .as("of an active one")
                .isEqualTo(404);
        var moved = api.put("/subscriptions/later", """
                {"status": "pending", "subscription": {"name": "Later", "subscription_at": "2026-04-15"}}""");
        assertThat(shown(moved)).isEqualTo("pending basic, Later, since null");
        assertThat(spans("later")).containsExactly("basic 2026-04-15T00:00:00Z - null");

        customer.advance("2026-06-01");
        later.advance("2026-05-01");
        assertThat(customer.invoice(1)).containsExactly("2026-04-01 subscription_periodic", "subscription basic 3100");
        // 11 of 30 days of 31.00
        assertThat(customer.invoice(2))
                .containsExactly("2026-04-11 subscription_terminating", "subscription basic 1137");
        // 16 of 30 days
        assertThat(later.invoice(1)).containsExactly("2026-05-01 subscription_periodic", "subscription basic 1653");
        assertThat(change("changed", "\"name\": \"Over\"").status()).isEqualTo(404);
    }

    @Test
    void aSubscriptionMayHaveAPlanOfItsOwn() {
        var charge = api.get("/plans/basic").text("plan.charges.0.lago_id");
        var customer = new Customer("own");
        var id = customer.subscribe("basic", """
                , "plan_overrides": {"name": "Own", "amount_cents": 6200, "charges": [{"id": "%s", "properties": {"amount": "2"}}]}""".formatted(charge)).text("subscription.lago_id");
        assertThat(api.get("/subscriptions?external_id=own&overridden=true&plan_code=basic")
                        .text("subscriptions.0.plan_amount_cents"))
                .isEqualTo("6200");
        assertThat(api.get("/subscriptions/own").text("subscription.plan.name"))
                .as("shown with it, but in lists")
                .isEqualTo("Own");
        assertThat(api.get("/subscriptions?external_id=own").at("subscriptions.0.plan"))
                .isNull();
        assertThat(api.get("/plans/basic").text("plan.amount_cents")).isEqualTo("3100");
        assertThat(customer.subscribe("basic", "").text("subscription.lago_id"))
                .as("asked for again")
                .isEqualTo(id);
        assertThat(spans("own")).containsExactly("its own 2026-03-01T00:00:00Z - null");
        send("own", id, "basic", "2026-03-05T00:00:00Z");
        customer.advance("2026-04-01");
        assertThat(customer.invoice(1))
                .containsExactly("2026-04-01 subscription_periodic", "subscription basic 6200", "charge calls 200");
    }

    @Test
    void aPlanOfItsOwnTakesOverTheUsageOfARunningSubscription() {
        var customer = new Customer("bargain");
        var id = customer.subscribe("basic", "").text("subscription.lago_id");
        send("bargain", id, "basic", "2026-03-05T00:00:00Z");
        customer.advance("2026-03-21");
        change(
                "bargain",
                "\"plan_overrides\": {\"charges\": [{\"code\": \"calls\", \"properties\": {\"amount\": \"9\"}}]}");
        // In the same instant once more.
        var changed = change(
                "bargain",
                "\"plan_overrides\": {\"amount_cents\": 9300, \"charges\": [{\"code\": \"calls\", \"properties\": {\"amount\": \"3\"}}]}");
        assertThat(changed.text("subscription.lago_id")).isEqualTo(id);
        assertThat(changed.text("subscription.plan_amount_cents")).isEqualTo("9300");
        assertThat(spans("bargain"))
                .containsExactly(
                        "basic 2026-03-01T00:00:00Z - 2026-03-21T00:00:00Z", "its own 2026-03-21T00:00:00Z - null");
        send("bargain", id, "basic", "2026-03-25T00:00:00Z");
        customer.advance("2026-04-01");
        // Priced as at the period's end: 2 × 3.00
        assertThat(customer.invoice(1))
                .containsExactly("2026-04-01 subscription_periodic", "subscription basic 9300", "charge calls 600");
    }

    @Test
    void everythingThatIsWrongWithOverridesIsAnsweredAtOnce() {
        var charge = api.get("/plans/basic").text("plan.charges.0.lago_id");
        var answer = api.post("/subscriptions", """
                {"subscription": {"external_customer_id": "wrong", "external_id": "wrong", "plan_code": "basic", "plan_overrides": {
                  "amount_cents": -1, "amount_currency": "USD", "trial_period": "some", "usage_thresholds": [{"amount_cents": 1}], "charges": [
                    {"id": "%s", "properties": {"amount": "-1"}}, {"id": "00000000-0000-4000-8000-000000000000"}, {"code": "none"}, {}]}}}""".formatted(charge));
        assertThat(answer.text("error_details"))
                .isEqualTo(
                        "{plan_overrides.amount_currency=[value_is_invalid], plan_overrides.trial_period=[invalid_format],"
                                + " plan_overrides.usage_thresholds=[feature_unavailable], plan_overrides.amount_cents=[value_is_out_of_range],"
                                + " plan_overrides.charges[0].properties.amount=[invalid_amount], plan_overrides.charges[1].id=[value_is_invalid],"
                                + " plan_overrides.charges[2].code=[value_is_invalid], plan_overrides.charges[3].id=[value_is_mandatory]}");
    }

    @Test
    void aPlanPaidInAdvanceIsPaidWhenAPeriodBeginsAndItsUsageWhenItIsOver() {
        var customer = new Customer("ahead");
        var id = customer.subscribe("ahead", ", \"subscription_at\": \"2026-03-10T00:00:00Z\"")
                .text("subscription.lago_id");
        // 22 of 31 days of 62.00
        assertThat(customer.invoice(1)).containsExactly("2026-03-10 subscription_starting", "subscription ahead 4400");
        send("ahead", id, "ahead", "2026-03-15T00:00:00Z");
        customer.advance("2026-04-01");
        assertThat(customer.invoice(2))
                .containsExactly("2026-04-01 subscription_periodic", "subscription ahead 6200", "charge calls 50");
        var period = customer.whole(2).at("invoice.billing_periods.0").toString();
        assertThat(period)
                .contains(
                        "subscription_from_datetime=2026-04-01T00:00:00Z",
                        "subscription_to_datetime=2026-04-30T23:59:59Z",
                        "charges_from_datetime=2026-03-10T00:00:00Z",
                        "charges_to_datetime=2026-03-31T23:59:59Z");

        // What is paid and not used would have to be given back.
        customer.advance("2026-04-11");
        assertThat(api.get("/subscriptions/ahead").text("subscription.on_termination_credit_note"))
                .isEqualTo("credit");
        assertThat(api.delete("/subscriptions/ahead").text("error_details"))
                .isEqualTo("{on_termination_credit_note=[feature_unavailable]}");
        assertThat(api.post("/subscriptions", """
                {"subscription": {"external_customer_id": "ahead", "external_id": "ahead", "plan_code": "premium"}}""").text("error_details"))
                .isEqualTo("{plan_code=[feature_unavailable]}");
        assertThat(change("ahead", "\"ending_at\": \"2026-05-11T00:00:00Z\"").text("error_details"))
                .isEqualTo("{ending_at=[feature_unavailable]}");
        assertThat(change("ahead", "\"ending_at\": \"2026-06-01T00:00:00Z\"").status())
                .isEqualTo(200);
        send("ahead", id, "ahead", "2026-04-05T00:00:00Z");
        assertThat(api.delete("/subscriptions/ahead?on_termination_credit_note=skip")
                        .text("subscription.on_termination_credit_note"))
                .isEqualTo("skip");
        assertThat(customer.invoice(3)).containsExactly("2026-04-11 subscription_terminating", "charge calls 50");
    }

    @Test
    void anUpgradeToAPlanPaidInAdvanceIsOneInvoice() {
        var customer = new Customer("to_advance");
        var id = customer.subscribe("basic", "").text("subscription.lago_id");
        send("to_advance", id, "basic", "2026-03-05T00:00:00Z");
        customer.advance("2026-03-21T12:00:00Z");
        customer.subscribe("ahead", "");
        // 20 days of 31.00, and 11 days of 62.00
        assertThat(customer.invoice(1))
                .containsExactly(
                        "2026-03-21 subscription_terminating, subscription_starting",
                        "subscription basic 2000",
                        "charge calls 50",
                        "subscription ahead 2200");
        // At the end of the period nothing is left to give back.
        customer.subscribe("basic", "");
        customer.advance("2026-05-01");
        assertThat(customer.invoice(2)).containsExactly("2026-04-01 subscription_terminating");
        assertThat(customer.invoice(3)).containsExactly("2026-05-01 subscription_periodic", "subscription basic 3100");
    }

    /// However late it is done.
    @Test
    void theEndOfFreeDaysAndAnEndThatIsNearAreToldInTheirOrder() throws SQLException {
        var customer = new Customer("noticed");
        var starts = ", \"subscription_at\": \"2026-03-11T00:00:00Z\"";
        var noticed = customer.subscribe("tried", starts + ", \"ending_at\": \"2026-06-10T00:00:00Z\"");
        customer.advance("2026-03-15");
        assertThat(heard(noticed.text("subscription.lago_id"))).containsExactly("subscription.started");
        customer.advance("2026-07-01");
        assertThat(heard(noticed.text("subscription.lago_id")))
                .containsExactly(
                        "subscription.started",
                        "subscription.trial_ended",
                        "subscription.termination_alert",
                        "subscription.termination_alert",
                        "subscription.terminated");

        var left = new Customer("left");
        var terminated = left.subscribe("tried", ", \"subscription_at\": \"2026-03-10T00:00:00Z\"");
        api.delete("/subscriptions/left");
        left.advance("2026-04-15");
        assertThat(heard(terminated.text("subscription.lago_id")))
                .as("ended before its free days")
                .containsExactly("subscription.started", "subscription.terminated");

        var kept = new Customer("kept");
        var moved = kept.subscribe("basic", ", \"ending_at\": \"2026-04-30T00:00:00Z\"");
        kept.advance("2026-03-16");
        api.put("/subscriptions/kept", "{\"subscription\": {\"ending_at\": \"2026-08-01T00:00:00Z\"}}");
        kept.advance("2026-06-17");
        assertThat(heard(moved.text("subscription.lago_id")))
                .as("45 days before each end, and no more once it has moved")
                .containsExactly(
                        "subscription.started",
                        "subscription.termination_alert",
                        "subscription.updated",
                        "subscription.termination_alert");
    }

    @Test
    void freeDaysAreCountedOnceFromTheFirstSubscriptionOfAName() {
        var customer = new Customer("tried");
        var today = ", \"subscription_at\": \"2026-03-10T00:00:00Z\"";
        var tried = customer.subscribe("tried_ahead", today);
        assertThat(tried.at("subscription.trial_ended_at")).isNull();
        customer.advance("2026-03-21");
        // 15 to 31 March
        assertThat(customer.invoice(1))
                .containsExactly("2026-03-15 subscription_starting", "subscription tried_ahead 1700");
        assertThat(api.get("/subscriptions/tried").text("subscription.trial_ended_at"))
                .isEqualTo("2026-03-15T00:00:00Z");
        api.delete("/subscriptions/tried?on_termination_credit_note=skip");
        assertThat(customer.invoice(2)).containsExactly("2026-03-21 subscription_terminating");
        customer.subscribe("tried_ahead", ", \"subscription_at\": \"2026-03-21T00:00:00Z\"");
        assertThat(customer.invoice(3))
                .as("11 of 31 days")
                .containsExactly("2026-03-21 subscription_starting", "subscription tried_ahead 1100");

        var arrears = new Customer("tried_later");
        arrears.subscribe("tried", today);
        arrears.advance("2026-04-01");
        assertThat(arrears.invoice(1)).containsExactly("2026-04-01 subscription_periodic", "subscription tried 1700");
        assertThat(api.put("/plans/tried", "{\"plan\": {\"trial_period\": 6, \"pay_in_advance\": true}}")
                        .text("error_details"))
                .isEqualTo("{pay_in_advance=[value_is_invalid], trial_period=[value_is_invalid]}");
        assertThat(api.get("/plans/tried").text("plan.trial_period")).isEqualTo("5");
    }

    /// A customer with a clock of its own, which shows 10 March, and a subscription of its own name.
    private record Customer(String name, String clock) {
        Customer(String name) {
            this(
                    name,
                    api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-10\"}}")
                            .text("test_clock.lago_id"));
            api.create("/customers", """
                    {"customer": {"external_id": "%s", "test_clock_id": "%s"}}""".formatted(name, clock));
        }

        Answer subscribe(String plan, String more) {
            var start = more.contains("subscription_at") ? "" : ", \"subscription_at\": \"2026-03-01\"";
            return api.create("/subscriptions", """
                    {"subscription": {"external_customer_id": "%s", "external_id": "%s", "plan_code": "%s"%s%s}}""".formatted(name, name, plan, start, more));
        }

        /// Returns before what is due by then has happened.
        void move(String now) {
            api.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"%s\"}}".formatted(now));
        }

        void advance(String now) {
            move(now);
            await().atMost(PATIENCE)
                    .until(() -> api.get("/test_clocks/" + clock)
                            .text("test_clock.status")
                            .equals("ready"));
        }

        /// The customer's nth invoice: its date, why it was made, and its fees.
        List<String> invoice(int number) {
            var invoice = whole(number);
            var shown = new ArrayList<String>();
            var reasons = new ArrayList<String>();
            for (var period : (List<?>) invoice.at("invoice.billing_periods")) {
                reasons.add(String.valueOf(((Map<?, ?>) period).get("invoicing_reason")));
            }
            shown.add(invoice.text("invoice.issuing_date") + " " + String.join(", ", reasons));
            for (var each : (List<?>) invoice.at("invoice.fees")) {
                var fee = (Map<?, ?>) each;
                var item = (Map<?, ?>) fee.get("item");
                shown.add("%s %s %s".formatted(item.get("type"), item.get("code"), fee.get("amount_cents")));
            }
            return shown;
        }

        Answer whole(int number) {
            await().atMost(PATIENCE).until(() -> invoices().size() >= number);
            var all = invoices();
            return api.get("/invoices/" + ((Map<?, ?>) all.get(all.size() - number)).get("lago_id"));
        }

        private List<?> invoices() {
            return (List<?>) api.get("/invoices?external_customer_id=" + name).at("invoices");
        }
    }

    private static Answer change(String externalId, String fields) {
        return api.put("/subscriptions/" + externalId, "{\"subscription\": {%s}}".formatted(fields));
    }

    private static String shown(Answer answer) {
        var previous = answer.at("subscription.previous_plan_code");
        var next = answer.at("subscription.next_plan_code");
        return "%s %s%s%s, %s, since %s"
                .formatted(
                        answer.text("subscription.status"),
                        answer.text("subscription.plan_code"),
                        previous == null ? "" : " after " + previous,
                        next == null ? "" : " before " + next,
                        answer.text("subscription.name"),
                        answer.text("subscription.started_at"));
    }

    /// As the streams are told: plan, start and end of each.
    private static List<String> spans(String externalId) {
        var organization = invoicer.organization();
        var key = Keys.subscription(organization.toString(), externalId);
        var value = (io.millrace.config.Subscription)
                invoicer.get(Subscriptions.class).value(organization, key, 1);
        var codes = Map.of(
                api.get("/plans/basic").text("plan.lago_id"), "basic",
                api.get("/plans/premium").text("plan.lago_id"), "premium",
                api.get("/plans/mini").text("plan.lago_id"), "mini");
        return value.getSpans().stream()
                .map(span -> "%s %s - %s"
                        .formatted(
                                codes.getOrDefault(span.getPlanId(), "its own"),
                                span.getStartedAt(),
                                span.getTerminatedAt()))
                .toList();
    }

    private static List<String> heard(String... subscriptions) throws SQLException {
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "select webhook_type from webhooks where object_id in ('%s') order by created_at"
                                .formatted(String.join("', '", subscriptions)))) {
            var heard = new ArrayList<String>();
            while (row.next()) heard.add(row.getString(1));
            return heard;
        }
    }

    private static void send(String subscription, String subscriptionId, String plan, String timestamp) {
        var charge = api.get("/plans/" + plan).text("plan.charges.0.lago_id");
        streams.begin();
        streams.send(
                new Counted(subscription, subscriptionId, charge, null, "count_agg"),
                subscription + timestamp,
                timestamp,
                "1");
        streams.commit();
    }

    private static String metric(String code, String aggregation, boolean recurring) {
        return api.create("/billable_metrics", """
                {"billable_metric": {"name": "%s", "code": "%s", "aggregation_type": "%s", "field_name": "value", "recurring": %s}}""".formatted(code, code, aggregation, recurring))
                .text("billable_metric.lago_id");
    }

    private static String charge(String metric, String amount) {
        return """
                {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "%s"}}""".formatted(metric, amount);
    }

    private static void plan(String code, long cents, String charge, String more) {
        api.create("/plans", """
                {"plan": {"code": "%s", "name": "%s", "interval": "monthly", "amount_cents": %d, "amount_currency": "EUR",
                 "charges": [%s]%s}}""".formatted(code, code, cents, charge, more));
    }
}
