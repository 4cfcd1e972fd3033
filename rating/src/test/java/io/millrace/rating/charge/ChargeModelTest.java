package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.charge.Usage.EventUnits;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChargeModelTest {

    @ParameterizedTest(name = "{1} at {0} cost {2}, {3} each")
    @CsvSource({
        "5.12345, 10, 51.2345, 5.12345",
        "0.0015, 1234, 1.851, 0.0015",
        "0, 10, 0, 0",
        "10, 0, 0, 0",
        "10, -1, 0, 0",
        "0.000000000000000001, 0.000000000000000001, 0.000000000000000000000000000000000001, 0.000000000000000001",
        "99999999999999999999, 10000000000000000000, 999999999999999999990000000000000000000, 99999999999999999999",
    })
    void standard(String amount, BigDecimal units, BigDecimal expected, BigDecimal unitAmount) {
        Price price = parse("standard", "amount", amount).price(Usage.of(units, 1));

        assertThat(price.amount()).isEqualByComparingTo(expected);
        assertThat(price.unitAmount()).isEqualByComparingTo(unitAmount);
    }

    /// Ranges as `from–to@per unit+flat`, `*` for no end.
    @ParameterizedTest(name = "{1} units by {0} cost {2}")
    @CsvSource({
        "0–10@2+1 11–*@1+0.5, 12, 23.5",
        "0–10@2+1 11–*@1+0.5, 10, 21",
        "0–10@2+1 11–*@1+0.5, 10.5, 22",
        "0–10@2+1 11–*@1+0.5, 0, 1",
        "0–10@2+1 11–*@1+0.5, -3, 0",
        "0–10@2+1 10–*@1+0.5, 12.5, 24",
        "0–10@2+1 10–*@1+0.5, 12, 23.5",
        "0–10@2+1 10–*@1+0.5, 10, 21",
        "0–10@10+2 11–20@5+3 21–*@5+3, 0, 2",
        "0–10@10+2 11–20@5+3 21–*@5+3, 10, 102",
        "0–10@10+2 11–20@5+3 21–*@5+3, 15, 130",
        "0–10@10+2 11–20@5+3 21–*@5+3, 20, 155",
        "0–10@10+2 11–20@5+3 21–*@5+3, 23, 173",
        "0–0.01@0+0 0.01–10@10+2 11–*@5+3, 0, 0",
        "0–0.01@0+0 0.01–10@10+2 11–*@5+3, 1, 11.9",
        "0–*@3+0, 7, 21",
        "0–1@5+0 2–2@4+0 3–*@3+0, 4, 15",
    })
    void graduated(String ranges, BigDecimal units, BigDecimal expected) {
        assertThat(amount(parse("graduated", "graduated_ranges", ranges(ranges)), units))
                .isEqualByComparingTo(expected);
    }

    @Test
    void graduatedTellsWhatEachTierContributed() {
        Price price = parse("graduated", "graduated_ranges", ranges("0–10@2+1 11–*@1+0.5"))
                .price(Usage.of(new BigDecimal("12"), 3));

        assertThat(price.details())
                .isInstanceOfSatisfying(
                        Graduated.Details.class,
                        details -> assertThat(details.tiers())
                                .extracting(
                                        tier -> tier.tier().from() + " "
                                                + tier.tier().upTo(),
                                        tier -> tier.units().toPlainString(),
                                        tier -> tier.perUnitTotalAmount().toPlainString(),
                                        tier -> tier.totalAmount().toPlainString())
                                .containsExactly(
                                        org.assertj.core.groups.Tuple.tuple("0 10", "10", "20", "21"),
                                        org.assertj.core.groups.Tuple.tuple("11 null", "2", "2", "2.5")));
    }

    /// Events as `full/prorated`.
    @ParameterizedTest(name = "{1} by {0} cost {2}, {3} each")
    @CsvSource({
        "0–5@10+100 6–*@5+50, 5/3.5 5/2.66667 10/2 -6/-2.2, 197.33335, 14.0952",
        "0–5@10+100 6–*@5+50, '', 100, 0",
        "0–5@10+100 6–*@5+50, 2/1.4 5/2.66667 10/2 -6/-2.2, 184.33336, 16.7576",
        "0–5@10+100 6–*@5+50, 5/3.5 -2/-1, 125, 41.6667",
        "0–5@10+100 6–*@5+50, 4/2.8 2/1 -3/-0.6, 180.5, 60.1667",
        "0–5@10+100 6–*@5+50, 5/3.5 2/1 -4/-1.6 10/2, 190, 14.6154",
        "0–5@10+100 6–*@5+50, 5/2 -100/-33.33, 0, 0",
        "0–5@10+100 6–*@5+50, 1/0.7, 107, 107",
        "0–1@10+100 2–*@5+50, 1/0.7, 107, 107",
        "0–5@10+100 6–15@5+50 16–*@2+0, 2/1.4 5/2.5 10/2 -6/-2.2 4/0.667 60/2, 191.335, 2.5511",
        "0–5@10+100 6–15@5+50 16–*@2+0, 75/75, 370, 4.9333",
        "0–5@10+0 6–*@5+0, 8/4, 32.5, 4.0625",
        "0–5@10+1 6–*@5+1, 8/4 -6/-3, 12, 6",
        // What was taken away for longer than it was held gives nothing back, but the flat amounts are due.
        "0–5@1+3 6–*@10+4, 10/1 -5/-0.9, 7, 1.4",
        "0–5@1+3 6–*@10+4, 2/1 -1/-3, 0, 0",
        "0–10@1+0 10–20@2+0 20–*@3+0, 15/15 -6/-6, 9, 1",
        "0–10@1+0 10–20@2+0 20–*@3+0, 11/11 -2/-1, 10.5, 1.1667",
        "0–2@1+0 2–3@2+0 3–*@3+0, 5/5 2/2, 16, 2.2857",
        "0–10.5@1+0 10.5–*@2+0, 12/6, 6.75, 0.5625",
        // The highest level owes the flat amounts, at a bound and past it.
        "0–10@0+100 10–*@0+50, 10/10 -4/-4, 100, 16.6667",
        "0–10@0+100 10–*@0+50, 10/10 1/1 -4/-4, 150, 21.4286",
        // Added and removed before the period: neither takes a place in the tiers.
        "0–10@1+0 10–20@2+0 20–*@3+0, 10/0 5/5, 5, 0.3333",
        "0–10@1+0 10–20@2+0 20–*@3+0, 10/0 -10/0 5/5, 5, 1",
        // A third of 1.5 cents is half a cent, and not a little less.
        "0–1@0.015+0 1–*@0+0, 3/1, 0.005, 0.0017",
    })
    void proratedGraduatedFillsTheTiersWithFullUnits(
            String ranges, String events, BigDecimal expected, BigDecimal unitAmount) {
        List<EventUnits> each = new ArrayList<>();
        for (String event : events.isEmpty() ? new String[0] : events.split(" ", -1)) {
            String[] parts = event.split("/", -1);
            each.add(new EventUnits(new BigDecimal(parts[0]), new BigDecimal(parts[1])));
        }
        Price price = parse("graduated", "graduated_ranges", ranges(ranges)).price(Usage.ofProrated(each));

        assertThat(price.amount()).isEqualByComparingTo(expected);
        assertThat(price.unitAmount().setScale(4, RoundingMode.HALF_UP)).isEqualByComparingTo(unitAmount);
    }

    @Test
    void unitsThatEndAtZeroStillPayForTheDaysTheyWereHeld() {
        Price price = parse("graduated", "graduated_ranges", ranges("0–5@10+100 6–*@5+50"))
                .price(Usage.ofProrated(List.of(
                        new EventUnits(new BigDecimal("1"), new BigDecimal("0.7097")),
                        new EventUnits(new BigDecimal("4"), new BigDecimal("1.54839")),
                        new EventUnits(new BigDecimal("1"), new BigDecimal("0.2258")),
                        new EventUnits(new BigDecimal("-5"), new BigDecimal("-0.80645")),
                        new EventUnits(new BigDecimal("-1"), new BigDecimal("-0.0645")))));

        assertThat(price.amount().setScale(2, RoundingMode.HALF_UP)).isEqualByComparingTo("165.81");
        assertThat(price.unitAmount()).isEqualByComparingTo("0");
    }

    /// Ranges as `from–to@rate+flat`.
    @ParameterizedTest(name = "{1} units by {0} cost {2}")
    @CsvSource({
        "0–100@1+0 101–*@2+1, 150, 3",
        "0–10@1+200 11–20@2+300 21–*@3+400, 0, 200",
        "0–10@1+200 11–20@2+300 21–*@3+400, 1, 200.01",
        "0–10@1+200 11–20@2+300 21–*@3+400, 15, 500.2",
        "0–10@1+200 11–20@2+300 21–*@3+400, 21, 900.33",
        "0–10@1+200 11–*@2+300, -1, 0",
    })
    void graduatedPercentage(String ranges, BigDecimal units, BigDecimal expected) {
        assertThat(amount(parse("graduated_percentage", "graduated_percentage_ranges", rates(ranges)), units))
                .isEqualByComparingTo(expected);
    }

    @ParameterizedTest(name = "{1} units by {0} cost {2}")
    @CsvSource({
        "0–100@2+0 101–*@1+0, 100, 200",
        "0–100@2+0 101–*@1+0, 100.5, 100.5",
        "0–100@2+0 101–*@1+0, 101, 101",
        "0–100@2+3 101–*@1+0, 0, 3",
        "0–100@2+3 101–*@1+0, -1, 0",
        "0–100@2+10 101–200@1+0 201–*@0.5+50, 0, 10",
        "0–100@2+10 101–200@1+0 201–*@0.5+50, 150, 150",
        "0–100@2+10 101–200@1+0 201–*@0.5+50, 201, 150.5",
        "0–1@0+0 2–100@2+10 101–*@0.5+50, 0, 0",
        "0–1@0+0 1–*@2+10, 1, 0",
    })
    void volume(String ranges, BigDecimal units, BigDecimal expected) {
        assertThat(amount(parse("volume", "volume_ranges", ranges(ranges)), units))
                .isEqualByComparingTo(expected);
    }

    @Test
    void proratedVolumePicksTheTierByFullUnits() {
        Usage usage = Usage.of(new BigDecimal("75.5"), 1).withFullUnits(new BigDecimal("151"));

        Price price =
                parse("volume", "volume_ranges", ranges("0–100@2+0 101–*@1+10")).price(usage);

        assertThat(price.amount()).isEqualByComparingTo("85.5");
        assertThat(price.unitAmount().setScale(4, RoundingMode.HALF_UP)).isEqualByComparingTo("0.5662");
    }

    @ParameterizedTest(name = "{1} units in packages of {0} cost {2}, {3} paid")
    @CsvSource({
        "100 at 5 free 50, 0, 0, 0",
        "100 at 5 free 50, 30, 0, 0",
        "100 at 5 free 50, 50, 0, 0",
        "100 at 5 free 50, 50.000000000000000001, 5, 0.000000000000000001",
        "100 at 5 free 50, 51, 5, 1",
        "100 at 5 free 50, 150, 5, 100",
        "100 at 5 free 50, 151, 10, 101",
        "100 at 5 free 50, 250, 10, 200",
        "10 at 100 free 0, 121, 1300, 121",
        "10 at 100 free 10, 121, 1200, 111",
        "10 at 100 free 0, 0, 0, 0",
    })
    void packages(String packages, BigDecimal units, BigDecimal expected, BigDecimal paidUnits) {
        Price price = packages(packages).price(Usage.of(units, 1));

        assertThat(price.amount()).isEqualByComparingTo(expected);
        assertThat(price.details()).isInstanceOfSatisfying(Packages.Details.class, details -> {
            assertThat(details.paidUnits()).isEqualByComparingTo(paidUnits);
            assertThat(details.packages().multiply(details.perPackageAmount())).isEqualByComparingTo(expected);
        });
    }

    @ParameterizedTest(name = "{1} at {0}: {2}; free {3} units, {4} events")
    @CsvSource({
        "rate=1.3 fixed=2 events=3 units=250, 50 100 250 400, 11.15, 250, 2",
        "rate=1.3 fixed=2 units=250, 50 100 250 400, 11.15, 250, 2",
        "rate=1 fixed=0.1 events=2, 100 200 300, 3.1, 300, 2",
        "rate=1 fixed=0.1 units=250, 100 200 300, 3.7, 250, 1",
        "rate=1 fixed=0.1, 100 200 300, 6.3, 0, 0",
        "rate=1 fixed=0.1 events=0 units=0, 100 200 300, 6.3, 0, 0",
        "rate=1 fixed=0.1 events=9, 100 200 300, 0, 600, 3",
        "rate=1 fixed=0.1 units=9000, 100 200 300, 0, 600, 3",
        "rate=1 fixed=1 units=300, 100 200 300, 5, 300, 1",
        "rate=1 fixed=1 events=3 units=250, 300 10, 2.6, 250, 0",
        "rate=1 fixed=1 events=1 units=250, 100 100, 2, 100, 1",
        "rate=1 fixed=1, '', 0, 0, 0",
        "rate=1 fixed=1, 5 -5, 0, 0, 0",
        "rate=1 min=1.75 max=2.5, 100 200 300, 6.25, 0, 0",
        "rate=2.99 min=1.75 max=12, 10 80 10000, 16.142, 0, 0",
        "rate=1 fixed=1 max=2 events=1, 50 50 500, 3.5, 50, 1",
        "rate=1 fixed=1 min=3 units=60, 50 50 500, 9, 60, 1",
    })
    void percentage(String terms, String values, BigDecimal expected, BigDecimal freeUnits, long freeEvents) {
        List<BigDecimal> each = values.isEmpty()
                ? List.of()
                : Arrays.stream(values.split(" ", -1)).map(BigDecimal::new).toList();
        BigDecimal units = each.stream().reduce(BigDecimal.ZERO, BigDecimal::add);

        Price price = percentage(terms).price(Usage.of(units, each.size()).withValues(each));

        assertThat(price.amount()).isEqualByComparingTo(expected);
        assertThat(price.details()).isInstanceOfSatisfying(Percentage.Details.class, details -> {
            assertThat(details.freeUnits()).isEqualByComparingTo(freeUnits);
            assertThat(details.freeEvents()).isEqualTo(freeEvents);
            assertThat(details.perUnitTotalAmount()
                            .add(details.fixedTotalAmount())
                            .add(details.boundsAdjustment()))
                    .isEqualByComparingTo(expected);
        });
    }

    @Test
    void aPercentageWithAnAllowanceIsNotPricedWithoutTheValuesOfItsEvents() {
        ChargeModel model = ChargeModel.parse("percentage", Map.of("rate", "1", "free_units_per_events", 2));

        assertThat(model.needsValues()).isTrue();
        assertThatThrownBy(() -> model.price(Usage.of(BigDecimal.TEN, 3))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0} units that say to cost {1} cost {2}")
    @CsvSource({"20, 0.402, 0.402, 0.0201", "0, 0.402, 0, 0", "-1, 5, 0, 0"})
    void dynamic(BigDecimal units, BigDecimal said, BigDecimal expected, BigDecimal unitAmount) {
        Price price =
                ChargeModel.parse("dynamic", Map.of()).price(Usage.of(units, 1).withPreciseTotalAmount(said));

        assertThat(price.amount()).isEqualByComparingTo(expected);
        assertThat(price.unitAmount()).isEqualByComparingTo(unitAmount);
    }

    @Test
    void theUnitAmountIsThatOfAUnitBeforeProration() {
        Usage usage = Usage.of(BigDecimal.TEN, 1).withFullUnits(new BigDecimal("100"));

        assertThat(parse("standard", "amount", "5.12345").price(usage).unitAmount())
                .isEqualByComparingTo("0.512345");
    }

    @Test
    void graduatedPercentageTellsWhatEachTierContributed() {
        Price price = ChargeModel.parse(
                        "graduated_percentage", Map.of("graduated_percentage_ranges", rates("0–100@1+0 101–*@2+1")))
                .price(Usage.of(new BigDecimal("150"), 3));

        assertThat(price.details()).isInstanceOfSatisfying(GraduatedPercentage.Details.class, details -> {
            assertThat(details.tiers()).hasSize(2);
            TierUnits second = details.tiers().getLast();
            assertThat(second.units()).isEqualByComparingTo("50");
            assertThat(second.tier().perUnitAmount()).isEqualByComparingTo("0.02");
            assertThat(second.perUnitTotalAmount()).isEqualByComparingTo("1");
            assertThat(second.totalAmount()).isEqualByComparingTo("2");
        });
    }

    @Test
    void proratedTiersTellTheirShareOfEachEvent() {
        Price price = parse("graduated", "graduated_ranges", ranges("0–5@10+100 6–*@5+50"))
                .price(Usage.ofProrated(List.of(new EventUnits(new BigDecimal("8"), new BigDecimal("4")))));

        assertThat(price.details())
                .isInstanceOfSatisfying(
                        Graduated.Details.class,
                        details -> assertThat(details.tiers())
                                .extracting(tier ->
                                        tier.units().stripTrailingZeros().toPlainString())
                                .containsExactly("2.5", "1.5"));
        assertThat(price.units()).isEqualByComparingTo("4");
    }

    @ParameterizedTest(name = "{0} units, {1} before proration: {2} a unit, {3} together")
    @CsvSource({"100, 100, 2, 200", "198.6, 300, 0.331, 99.3", "0, 0, 0, 0"})
    void volumeTellsThePriceOfAUnit(BigDecimal units, BigDecimal full, BigDecimal perUnit, BigDecimal total) {
        Price price = parse("volume", "volume_ranges", ranges("0–100@2+10 101–200@1+0 201–*@0.5+50"))
                .price(Usage.of(units, 1).withFullUnits(full));

        assertThat(price.details()).isInstanceOfSatisfying(Volume.Details.class, details -> {
            assertThat(details.perUnitAmount()).isEqualByComparingTo(perUnit);
            assertThat(details.perUnitTotalAmount()).isEqualByComparingTo(total);
        });
    }

    @ParameterizedTest(name = "{1} units in packages of {0}: {2} a paid unit")
    @CsvSource({
        "10 at 100 free 0, 121, 10.7438",
        "10 at 100 free 10, 121, 10.8108",
        "10 at 100 free 200, 121, 0",
        "10 at 100 free 0, 0, 0",
    })
    void theUnitAmountOfPackagesIsThatOfAPaidUnit(String packages, BigDecimal units, BigDecimal unitAmount) {
        assertThat(packages(packages).price(Usage.of(units, 1)).unitAmount().setScale(4, RoundingMode.HALF_UP))
                .isEqualByComparingTo(unitAmount);
    }

    @Test
    void groupsTogetherCostTheirSum() {
        ChargeModel model = parse("graduated", "graduated_ranges", ranges("0–10@2+1 11–*@1+0.5"));
        Price together = Price.ofGroups(List.of(
                model.price(Usage.of(new BigDecimal("12"), 3)),
                model.price(Usage.of(new BigDecimal("-2"), 1)),
                model.price(Usage.of(new BigDecimal("3"), 1))));

        assertThat(together.amount()).isEqualByComparingTo("30.5");
        assertThat(together.units()).isEqualByComparingTo("15");
        assertThat(together.unitAmount().setScale(4, RoundingMode.HALF_UP)).isEqualByComparingTo("2.0333");
    }

    /// Of usage that is billed again.
    @ParameterizedTest(name = "{1} after {2} by {0} costs {3} more")
    @CsvSource({
        "graduated 0–5@1+100 6–10@2+200 11–*@3+0, 3, 0, 103",
        "graduated 0–5@1+100 6–10@2+200 11–*@3+0, 4, 3, 1",
        "graduated 0–5@1+100 6–10@2+200 11–*@3+0, 7, 3, 206",
        "graduated 0–5@1+100 6–10@2+200 11–*@3+0, 3, 7, -206",
        "volume 0–15@10+0 16–*@5+0, 16, 15, -70",
        "volume 0–5@0+100 6–10@0+150 11–*@5+0, 7, 5, 50",
    })
    void usageBilledAgainCostsTheDifference(String model, BigDecimal units, BigDecimal before, BigDecimal expected) {
        String[] nameAndRanges = model.split(" ", 2);
        ChargeModel charge = parse(nameAndRanges[0], nameAndRanges[0] + "_ranges", ranges(nameAndRanges[1]));

        assertThat(charge.difference(Usage.of(before, before.signum()), Usage.of(units, 2)))
                .isEqualByComparingTo(expected);
    }

    private static BigDecimal amount(ChargeModel model, BigDecimal units) {
        return model.price(Usage.of(units, 1)).amount();
    }

    private static ChargeModel parse(String model, String field, Object value) {
        return ChargeModel.parse(model, Map.of(field, value));
    }

    /// Terms such as `rate=1 fixed=2 events=3 units=250 min=1 max=2`.
    static ChargeModel percentage(String terms) {
        Map<String, Object> properties = new LinkedHashMap<>();
        Map<String, String> names = Map.of(
                "rate", "rate",
                "fixed", "fixed_amount",
                "events", "free_units_per_events",
                "units", "free_units_per_total_aggregation",
                "min", "per_transaction_min_amount",
                "max", "per_transaction_max_amount");
        for (String term : terms.split(" ", -1)) {
            String[] nameAndValue = term.split("=", -1);
            properties.put(names.getOrDefault(nameAndValue[0], "?"), nameAndValue[1]);
        }
        return ChargeModel.parse("percentage", properties);
    }

    private static ChargeModel packages(String text) {
        String[] words = text.split(" ", -1);
        return ChargeModel.parse(
                "package",
                Map.of(
                        "package_size", Integer.valueOf(words[0]),
                        "amount", words[2],
                        "free_units", Integer.valueOf(words[4])));
    }

    /// Ranges as `from–to@rate+flat`.
    static List<Map<String, Object>> rates(String text) {
        List<Map<String, Object>> rates = ranges(text);
        rates.forEach(range -> range.put("rate", range.remove("per_unit_amount")));
        return rates;
    }

    /// Ranges as `from–to@per unit+flat`, `*` for no end.
    static List<Map<String, Object>> ranges(String text) {
        List<Map<String, Object>> ranges = new ArrayList<>();
        for (String range : text.split(" ", -1)) {
            String[] parts = range.split("[–@+]", -1);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("from_value", parts[0].contains(".") ? parts[0] : (Object) Integer.valueOf(parts[0]));
            fields.put("to_value", parts[1].equals("*") ? null : parts[1]);
            fields.put("per_unit_amount", parts[2]);
            fields.put("flat_amount", parts[3]);
            ranges.add(fields);
        }
        return ranges;
    }
}
