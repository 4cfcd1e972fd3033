package io.millrace.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.standalone.demo.ReferenceBiller.Amount;
import io.millrace.standalone.demo.ReferenceBiller.Line;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The reference against bills worked out by hand: it judges the pipeline, so it is judged first.
class ReferenceBillerTest {
    private static final YearMonth MARCH = YearMonth.of(2026, 3);
    private static final Instant NOON = Instant.parse("2026-03-10T12:00:00Z");
    private final PriceList prices = PriceList.aiVendor();

    @Test
    void tokensArePricedByModelThenByWildcardThenByDefault() {
        var bill = bill(
                tokens("a", "large", "1000000"),
                tokens("b", "small", "2000000"),
                tokens("c", "medium", "1"),
                tokens("d", "experimental", "1000000"));
        assertThat(bill)
                .contains(line("aurora_labs_api", "input_tokens", "large", "1000000", 300))
                .contains(line("aurora_labs_api", "input_tokens", "__ALL_FILTER_VALUES__", "2000001", 250))
                .contains(line("aurora_labs_api", "input_tokens", "", "1000000", 90));
    }

    @Test
    void aGraduatedPriceFillsTierAfterTier() {
        // 100,000 × 0.0000025 + 400,000 × 0.000002 + 1.5 + 100,000 × 0.0000015 = 0.25 + 0.8 + 1.5 + 0.15
        var usage = new Usage("driftwood_api", "t", "input_tokens", NOON, Map.of("tokens", "600000"));
        assertThat(bill(usage)).contains(line("driftwood_api", "input_tokens", "", "600000", 270));
        // the first tier's last unit is still the first tier's
        var edge = new Usage("driftwood_api", "t", "input_tokens", NOON, Map.of("tokens", "100000"));
        assertThat(bill(edge)).contains(line("driftwood_api", "input_tokens", "", "100000", 25));
    }

    @Test
    void aRepeatedEventAndARepeatedUserCountOnce() {
        var bill = bill(
                user("driftwood_api", "t1", "ada"),
                user("driftwood_api", "t1", "ada"),
                user("driftwood_api", "t2", "ada"),
                user("driftwood_api", "t3", "bob"));
        assertThat(bill).contains(line("driftwood_api", "unique_users", "", "2", 70));
    }

    @Test
    void theMonthIsTheCustomersOwn() {
        var bill = bill(
                request("driftwood_api", "t1", "2026-03-01T04:59:59.999999Z"),
                request("driftwood_api", "t2", "2026-03-01T05:00:00Z"),
                request("driftwood_api", "t3", "2026-04-01T03:59:59.999999Z"),
                request("driftwood_api", "t4", "2026-04-01T04:00:00Z"));
        assertThat(bill).contains(line("driftwood_api", "requests", "", "2", 0));
    }

    @Test
    void whatNobodyCanBillIsNotBilled() {
        var bill = bill(
                new Usage("nobody", "t1", "requests", NOON, Map.of()),
                new Usage("aurora_labs_api", "t2", "no_such_metric", NOON, Map.of()),
                new Usage("aurora_labs_api", "t3", "input_tokens", NOON, Map.of()),
                tokens("t4", "large", "a lot"),
                tokens("t5", "large", "100000000000000000000"));
        assertThat(bill.keySet()).extracting(Line::code).containsOnly("scale", "tokyo_starter");
    }

    private Map<Line, Amount> bill(Usage... usages) {
        return ReferenceBiller.bill(prices, Arrays.asList(usages));
    }

    private static Map.Entry<Line, Amount> line(
            String subscription, String code, String model, String units, long cents) {
        return Map.entry(new Line(MARCH, subscription, code, model), new Amount(new BigDecimal(units), cents));
    }

    private static Usage tokens(String id, String model, String tokens) {
        return new Usage("aurora_labs_api", id, "input_tokens", NOON, Map.of("model", model, "tokens", tokens));
    }

    private static Usage user(String subscription, String id, String user) {
        return new Usage(subscription, id, "unique_users", NOON, Map.of("user_id", user));
    }

    private static Usage request(String subscription, String id, String time) {
        return new Usage(subscription, id, "requests", Instant.parse(time), Map.of());
    }
}
