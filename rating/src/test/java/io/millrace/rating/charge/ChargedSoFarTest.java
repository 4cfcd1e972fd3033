package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.charge.Usage.EventUnits;
import io.millrace.rating.money.CurrencyUnit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChargedSoFarTest {

    private static final CurrencyUnit EUR = CurrencyUnit.of("EUR");

    @ParameterizedTest(name = "{1} at {0} pay {2} cents")
    @CsvSource({
        "0.004, 1 1 1 1 1, 0 1 0 1 0",
        "0.001, 333 333, 33 34",
        "10, 4 6, 4000 6000",
        "10, 10 -6 4 10, 10000 0 0 8000",
        "10, -5 5 5, 0 0 5000",
        "0.5, 1 0 1, 50 0 50",
    })
    void eachEventPaysWhatThePriceGrewBy(String amount, String contributions, String fees) {
        ChargeModel model = ChargeModel.parse("standard", Map.of("amount", amount));

        assertThat(charge(model, contributions).stream()
                        .map(fee -> String.valueOf(fee.amountCents()))
                        .collect(Collectors.joining(" ")))
                .isEqualTo(fees);
    }

    @Test
    void usageBelowAlreadyPaidUsageIsFree() {
        List<ChargedSoFar.Fee> fees = charge(ChargeModel.parse("standard", Map.of("amount", "1")), "10 -6 10");

        assertThat(fees.getLast().units()).isEqualByComparingTo("4");
        assertThat(fees.getLast().after().units().current()).isEqualByComparingTo("14");
        assertThat(fees.getLast().after().units().highest()).isEqualByComparingTo("14");
    }

    @Test
    void theFirstEventOwesTheFirstTiersFlatAmountAndNoLaterOne() {
        ChargeModel model = ChargeModel.parse(
                "graduated", Map.of("graduated_ranges", ChargeModelTest.ranges("0–10@2+1 11–*@1+0.5")));

        assertThat(charge(model, "4 4 4"))
                .extracting(ChargedSoFar.Fee::amountCents)
                .containsExactly(900L, 800L, 650L);
    }

    @Test
    void aPriceChangeLeavesWhatWasChargedAndChargesTheRestAtTheNewPrice() {
        ChargeModel before = ChargeModel.parse("standard", Map.of("amount", "0.004"));
        ChargeModel after = ChargeModel.parse("standard", Map.of("amount", "1"));

        ChargedSoFar.Fee first = ChargedSoFar.NOTHING.charge(before, EUR, BigDecimal.ONE);
        ChargedSoFar.Fee second = first.after().charge(after, EUR, BigDecimal.ONE);

        assertThat(second.preciseAmount()).isEqualByComparingTo("1");
        assertThat(second.after().amountCents()).isEqualTo(100);
        assertThat(second.after().preciseAmount()).isEqualByComparingTo("1.004");
    }

    @Test
    void aFeeBeyondALongIsRefused() {
        ChargeModel model = ChargeModel.parse("standard", Map.of("amount", "10000000000"));

        assertThatThrownBy(() -> ChargedSoFar.NOTHING.charge(model, EUR, new BigDecimal("10000000000")))
                .isInstanceOf(ArithmeticException.class);
    }

    /// Values of the events, and the fee of each in cents.
    @ParameterizedTest(name = "{1} at {0} pay {2} cents")
    @CsvSource({
        "rate=5 fixed=1 events=2 units=120, 8 5 3, 0 0 115",
        "rate=5 fixed=1 events=1 units=120, 2 1, 0 105",
        "rate=5 fixed=1 units=3, 5 1, 110 105",
        "rate=1 fixed=1 units=300, 100 200 300, 0 100 400",
        "rate=1 fixed=0.5 max=2 min=1.75, 100 1000 10000, 175 200 200",
        "rate=1 fixed=1 events=1, 1 1, 0 101",
        "rate=10 fixed=1, 10, 200",
        "rate=0.5 min=12, 4 20000, 1200 10000",
        "rate=50 events=1, 4 4, 0 200",
        "rate=1 fixed=1 events=3 units=250, 300 10, 150 110",
        "rate=1 min=2 events=1 units=250, 100 100, 0 200",
        // Events of no units pay their fixed amount with the first unit.
        "rate=1 fixed=1, 0 0 5 0, 0 0 305 100",
        "rate=1 fixed=1 events=1, 0 0 5, 0 0 205",
        "rate=1 fixed=1 units=10, 0 0 15 0, 0 0 105 100",
        // Units that come again are not charged again, the event is.
        "rate=10 fixed=1, 10 -4 4, 200 100 100",
    })
    void anEventPaysItsPercentage(String terms, String contributions, String fees) {
        assertThat(charge(ChargeModelTest.percentage(terms), contributions).stream()
                        .map(fee -> String.valueOf(fee.amountCents()))
                        .collect(Collectors.joining(" ")))
                .isEqualTo(fees);
    }

    @Test
    void aPercentageTellsHowTheFeeOfOneEventCameAbout() {
        ChargedSoFar.Fee fee = charge(ChargeModelTest.percentage("rate=5 fixed=1 units=3"), "2 5")
                .getLast();

        assertThat(fee.details()).isInstanceOfSatisfying(Percentage.Details.class, details -> {
            assertThat(details.units()).isEqualByComparingTo("5");
            assertThat(details.freeUnits()).isEqualByComparingTo("1");
            assertThat(details.paidUnits()).isEqualByComparingTo("4");
            assertThat(details.perUnitTotalAmount()).isEqualByComparingTo("0.2");
            assertThat(details.freeEvents()).isZero();
            assertThat(details.paidEvents()).isEqualTo(1);
            assertThat(details.fixedTotalAmount()).isEqualByComparingTo("1");
        });
    }

    @Test
    void tiersTellWhatOneEventAddedToThem() {
        ChargeModel model = ChargeModel.parse(
                "graduated", Map.of("graduated_ranges", ChargeModelTest.ranges("0–10@2+1 11–20@1+0.5 21–*@1+0")));

        assertThat(charge(model, "4 8 1").stream()
                        .map(fee -> fee.details() instanceof Graduated.Details details
                                ? details.tiers().stream()
                                        .map(tier -> "%s–%s: %s+%s"
                                                .formatted(
                                                        tier.tier().from(),
                                                        tier.tier().upTo(),
                                                        tier.units(),
                                                        tier.flatAmount()))
                                        .toList()
                                        .toString()
                                : "none"))
                .containsExactly("[0–10: 4+1]", "[0–10: 6+0, 11–20: 2+0.5]", "[11–20: 1+0]");
    }

    /// Contributions as `units/stated`, stated in major units.
    @ParameterizedTest(name = "{0} pay {1} cents")
    @CsvSource({
        "1/2 1/2, 200 200",
        "10/0.101 10/9.019, 10 902",
        "1/0.004 1/0.004 1/0.004, 0 1 0",
        "0/5 1/1, 0 600",
        "1/10 -1/-4 1/8, 1000 0 400",
        "1/-3 1/5, 0 200",
    })
    void aDynamicEventPaysWhatItSays(String contributions, String fees) {
        List<String> charged = new ArrayList<>();
        ChargedSoFar soFar = ChargedSoFar.NOTHING;
        for (String contribution : contributions.split(" ", -1)) {
            String[] unitsAndStated = contribution.split("/", -1);
            ChargedSoFar.Fee fee = soFar.charge(
                    new Dynamic(),
                    EUR,
                    EventUnits.of(new BigDecimal(unitsAndStated[0])),
                    new BigDecimal(unitsAndStated[1]));
            charged.add(String.valueOf(fee.amountCents()));
            soFar = fee.after();
        }
        assertThat(String.join(" ", charged)).isEqualTo(fees);
    }

    /// Contributions as `full/prorated`.
    @ParameterizedTest(name = "{1} at {0} pay {2} cents")
    @CsvSource({
        "1, 31/21 62/20, 2100 2000",
        "10, 4/3.86667, 3867",
        "1, 10/5 -4/-1 4/1 10/2, 500 0 0 200",
        // Six of ten units are above what was charged.
        "1, 10/5 -4/-1 10/2, 500 0 120",
    })
    void aProratedUnitPaysForItsDays(String amount, String contributions, String fees) {
        ChargeModel model = ChargeModel.parse("standard", Map.of("amount", amount));
        List<String> charged = new ArrayList<>();
        ChargedSoFar soFar = ChargedSoFar.NOTHING;
        for (String contribution : contributions.split(" ", -1)) {
            String[] fullAndProrated = contribution.split("/", -1);
            ChargedSoFar.Fee fee = soFar.charge(
                    model,
                    EUR,
                    new EventUnits(new BigDecimal(fullAndProrated[0]), new BigDecimal(fullAndProrated[1])),
                    BigDecimal.ZERO);
            charged.add(String.valueOf(fee.amountCents()));
            soFar = fee.after();
        }
        assertThat(String.join(" ", charged)).isEqualTo(fees);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void theFeesOfProratedUnitsAddUpToThePriceOfTheirDays(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < 50; round++) {
            ChargeModel model = random.standard();
            ChargedSoFar soFar = ChargedSoFar.NOTHING;
            BigDecimal prorated = BigDecimal.ZERO;
            for (int event = 1; event <= 40; event++) {
                BigDecimal full = random.units();
                BigDecimal held = full.multiply(BigDecimal.valueOf(random.upTo(1_000), 3));
                soFar = soFar.charge(model, EUR, new EventUnits(full, held), BigDecimal.ZERO)
                        .after();
                prorated = prorated.add(held);

                assertThat(soFar.amountCents())
                        .as("seed %d, %s, event %d", seed, model, event)
                        .isEqualTo(
                                EUR.cents(model.price(Usage.of(prorated, event)).amount()));
            }
        }
    }

    /// The period's price is that of what was charged: each event by what it raised the highest level.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theFeesAddUpToThePeriodsPriceForEveryModelAndCurrency(long seed) {
        RandomCharges random = new RandomCharges(seed);
        for (int round = 0; round < 12; round++) {
            for (ChargeModel model : random.modelsPaidInAdvance()) {
                for (String code : List.of("JPY", "EUR", "KWD", "CLF")) {
                    addsUp(random, model, CurrencyUnit.of(code), "seed %d, %s, %s".formatted(seed, model, code));
                }
            }
        }
    }

    private static void addsUp(RandomCharges random, ChargeModel model, CurrencyUnit currency, String what) {
        ChargedSoFar soFar = ChargedSoFar.NOTHING;
        BigDecimal level = BigDecimal.ZERO;
        BigDecimal highest = BigDecimal.ZERO;
        BigDecimal stated = BigDecimal.ZERO;
        BigDecimal highestStated = BigDecimal.ZERO;
        List<BigDecimal> values = new ArrayList<>();
        long fees = 0;
        for (int event = 1; event <= 40; event++) {
            BigDecimal contribution = random.contribution();
            BigDecimal statedAmount = random.contribution();
            ChargedSoFar.Fee fee = soFar.charge(model, currency, EventUnits.of(contribution), statedAmount);
            soFar = fee.after();
            fees += fee.amountCents();
            level = level.add(contribution);
            values.add(level.max(highest).subtract(highest));
            highest = highest.max(level);
            stated = stated.add(statedAmount);
            highestStated = highestStated.max(stated);

            BigDecimal price = model.price(
                            Usage.of(highest, event).withValues(values).withPreciseTotalAmount(highestStated))
                    .amount();
            assertThat(fee.amountCents()).as("%s, event %d", what, event).isNotNegative();
            assertThat(fee.units()).as("%s, event %d", what, event).isEqualByComparingTo(values.getLast());
            assertThat(soFar.preciseAmount())
                    .as("%s, event %d of %s", what, event, values)
                    .isEqualByComparingTo(price);
            assertThat(fees)
                    .as("%s, event %d", what, event)
                    .isEqualTo(currency.cents(price))
                    .isEqualTo(soFar.amountCents());
        }
    }

    private static List<ChargedSoFar.Fee> charge(ChargeModel model, String contributions) {
        List<ChargedSoFar.Fee> fees = new ArrayList<>();
        ChargedSoFar soFar = ChargedSoFar.NOTHING;
        for (String contribution : contributions.split(" ", -1)) {
            ChargedSoFar.Fee fee = soFar.charge(model, EUR, new BigDecimal(contribution));
            fees.add(fee);
            soFar = fee.after();
        }
        return fees;
    }
}
