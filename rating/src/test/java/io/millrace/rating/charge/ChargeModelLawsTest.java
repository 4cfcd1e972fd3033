package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.rating.charge.Usage.EventUnits;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is true of every price list, over random ones; the seed is in the failure's message.
class ChargeModelLawsTest {

    private static final int ROUNDS = 300;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void moreUsageNeverCostsLess(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            BigDecimal units = random.units();
            BigDecimal more = units.add(random.units());
            for (ChargeModel model :
                    List.of(random.standard(), random.graduated(), random.graduatedPercentage(), random.packages())) {
                assertThat(amount(model, more))
                        .as("seed %d, %s, %s then %s", seed, model, units, more)
                        .isGreaterThanOrEqualTo(amount(model, units));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void oneOpenTierWithoutFlatAmountIsStandard(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ChargeModel standard = random.standard();
            Object amount = standard.properties().get("amount");
            Map<String, Object> open = openRange("per_unit_amount", amount);
            Map<String, Object> openRate = openRange("rate", amount);
            BigDecimal units = random.units();

            assertThat(List.of(
                            amount(ChargeModel.parse("graduated", Map.of("graduated_ranges", List.of(open))), units),
                            amount(ChargeModel.parse("volume", Map.of("volume_ranges", List.of(open))), units),
                            amount(
                                            ChargeModel.parse(
                                                    "graduated_percentage",
                                                    Map.of("graduated_percentage_ranges", List.of(openRate))),
                                            units)
                                    .movePointRight(2)))
                    .as("seed %d, %s, %s units", seed, standard, units)
                    .allSatisfy(price -> assertThat(price).isEqualByComparingTo(amount(standard, units)));
        }
    }

    private static Map<String, Object> openRange(String unitPriceField, Object unitPrice) {
        Map<String, Object> range = new LinkedHashMap<>();
        range.put("from_value", 0);
        range.put("to_value", null);
        range.put(unitPriceField, unitPrice);
        range.put("flat_amount", "0");
        return range;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void withinTheFirstTierVolumeIsGraduated(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<Map<String, Object>> ranges = random.ranges("per_unit_amount");
            BigDecimal units = random.units();
            BigDecimal bound = (BigDecimal) ranges.getFirst().get("to_value");
            BigDecimal within = bound == null ? units : units.min(bound);

            assertThat(amount(ChargeModel.parse("volume", Map.of("volume_ranges", ranges)), within))
                    .as("seed %d, %s, %s units", seed, ranges, within)
                    .isEqualByComparingTo(
                            amount(ChargeModel.parse("graduated", Map.of("graduated_ranges", ranges)), within));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void bothSpellingsOfTheSameTiersPriceAlike(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<Map<String, Object>> spelled = random.ranges("per_unit_amount");
            List<Map<String, Object>> adjacent = new ArrayList<>();
            Object above = BigDecimal.ZERO;
            for (Map<String, Object> range : spelled) {
                Map<String, Object> from = new LinkedHashMap<>(range);
                from.put("from_value", above);
                adjacent.add(from);
                above = range.get("to_value");
            }
            BigDecimal units = random.units();

            for (String model : List.of("graduated", "volume")) {
                assertThat(amount(ChargeModel.parse(model, Map.of(model + "_ranges", spelled)), units))
                        .as("seed %d, %s, %s units", seed, spelled, units)
                        .isEqualByComparingTo(
                                amount(ChargeModel.parse(model, Map.of(model + "_ranges", adjacent)), units));
            }
        }
    }

    /// Within a package the price stands still; with the unit after it, it rises by one package.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aPackageBegunIsAPackagePaid(long seed) {
        RandomCharges random = new RandomCharges(seed);
        BigDecimal smallest = new BigDecimal("0.000000000000000001");
        for (int round = 0; round < ROUNDS; round++) {
            Packages model = (Packages) random.packages();
            BigDecimal full = model.freeUnits().add(model.packageSize().multiply(BigDecimal.valueOf(random.upTo(50))));

            assertThat(amount(model, full.add(smallest)).subtract(amount(model, full)))
                    .as("seed %d, %s beyond %s", seed, model, full)
                    .isEqualByComparingTo(model.amount());
            assertThat(amount(model, full.add(model.packageSize())))
                    .as("seed %d, %s up to the next after %s", seed, model, full)
                    .isEqualByComparingTo(amount(model, full.add(smallest)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aPercentageIsTheSumOfItsParts(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Percentage model = random.percentage();
            List<BigDecimal> values = values(random);
            Price price = model.price(usageOf(values));
            String what = "seed %d, %s, values %s".formatted(seed, model, values);

            assertThat(price.details()).isInstanceOfSatisfying(Percentage.Details.class, details -> {
                assertThat(details.perUnitTotalAmount()
                                .add(details.fixedTotalAmount())
                                .add(details.boundsAdjustment()))
                        .as(what)
                        .isEqualByComparingTo(price.amount());
                assertThat(details.freeUnits().add(details.paidUnits()))
                        .as(what)
                        .isEqualByComparingTo(details.units());
                assertThat(details.freeEvents() + details.paidEvents()).as(what).isEqualTo(values.size());
            });
            if (model.isBounded()) {
                assertThat(sum(model.pricesOfEvents(values))).as(what).isEqualByComparingTo(price.amount());
            }
        }
    }

    /// A fixed amount and an allowance are the whole charge's; where there are none, nothing is lost or won by
    /// splitting a group.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aGroupThatIsSplitCostsTheSame(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            BigDecimal one = random.units();
            BigDecimal other = random.units();
            for (ChargeModel model : List.of(random.standard(), new Dynamic())) {
                List<Price> parts = List.of(
                        model.price(Usage.of(one, 1).withPreciseTotalAmount(one)),
                        model.price(Usage.of(other, 1).withPreciseTotalAmount(other)));
                BigDecimal both = one.add(other);

                assertThat(Price.ofGroups(parts).amount())
                        .as("seed %d, %s, %s and %s", seed, model, one, other)
                        .isEqualByComparingTo(model.price(Usage.of(both, 2).withPreciseTotalAmount(both))
                                .amount());
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void unitsHeldForTheWholePeriodAreNotProrated(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ChargeModel model = random.graduated();
            List<EventUnits> held = new ArrayList<>();
            List<BigDecimal> values = values(random);
            values.forEach(value -> held.add(EventUnits.of(value)));

            assertThat(model.price(Usage.ofProrated(held)).amount())
                    .as("seed %d, %s, values %s", seed, model, values)
                    .isEqualByComparingTo(amount(model, sum(values)));
        }
    }

    /// Where every event is held for the same part of the period, the units cost that part.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void unitsHeldForHalfThePeriodCostHalfOfWhatTheyWould(long seed) {
        RandomCharges random = new RandomCharges(seed);
        BigDecimal half = new BigDecimal("0.5");
        for (int round = 0; round < ROUNDS; round++) {
            Graduated model = (Graduated) random.graduated();
            List<EventUnits> held = new ArrayList<>();
            List<BigDecimal> values = values(random);
            values.forEach(value -> held.add(new EventUnits(value, value.multiply(half))));
            BigDecimal flat = BigDecimal.ZERO;
            for (Tier tier : model.tiers()) {
                if (tier.isEnteredBy(sum(values))) flat = flat.add(tier.flatAmount());
            }

            assertThat(model.price(Usage.ofProrated(held)).amount().subtract(flat))
                    .as("seed %d, %s, values %s", seed, model, values)
                    .isEqualByComparingTo(
                            amount(model, sum(values)).subtract(flat).multiply(half));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void thePriceOfTheNextEventIsTheDifference(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            for (ChargeModel model : List.of(random.graduated(), random.graduatedPercentage(), random.packages())) {
                BigDecimal units = random.units();
                int events = random.upTo(3);
                Usage before = events == 0 ? Usage.NONE : Usage.of(units, events);
                Usage after = Usage.of(before.units().add(random.units()), events + 1);

                assertThat(model.priceOfNext(before, after).amount())
                        .as("seed %d, %s, %s then %s", seed, model, before, after)
                        .isEqualByComparingTo(model.difference(before, after));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aPriceThatIsPrintedIsReadBack(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < ROUNDS; round++) {
            for (ChargeModel model : random.models()) {
                assertThat(ChargeModel.parse(model.code(), model.properties()))
                        .as("seed %d, %s", seed, model.properties())
                        .isEqualTo(model);
            }
        }
    }

    private static List<BigDecimal> values(RandomCharges random) {
        List<BigDecimal> values = new ArrayList<>();
        for (int i = random.upTo(20); i > 0; i--) {
            values.add(random.units());
        }
        return values;
    }

    private static Usage usageOf(List<BigDecimal> values) {
        return Usage.of(sum(values), values.size()).withValues(values);
    }

    private static BigDecimal sum(List<BigDecimal> values) {
        return values.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static BigDecimal amount(ChargeModel model, BigDecimal units) {
        return model.price(Usage.of(units, 1)).amount();
    }
}
