package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.CurrencyUnit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
        assertThat(fees.getLast().after().units().now()).isEqualByComparingTo("14");
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

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theFeesAddUpToThePeriodsPriceForEveryModelAndCurrency(long seed) {
        Random random = new Random(seed);
        List<ChargeModel> models = List.of(
                ChargeModel.parse("standard", Map.of("amount", "0.00123")),
                ChargeModel.parse(
                        "graduated",
                        Map.of(
                                "graduated_ranges",
                                ChargeModelTest.ranges("0–50@0.017+0.3 51–500@0.003+1.1 501–*@0.001+0"))),
                ChargeModel.parse("package", Map.of("amount", "0.333", "package_size", 7, "free_units", 20)),
                ChargeModel.parse("percentage", Map.of("rate", "1.37", "fixed_amount", "0.0031")));
        for (ChargeModel model : models) {
            for (String code : List.of("EUR", "JPY", "KWD")) {
                CurrencyUnit currency = CurrencyUnit.of(code);
                ChargedSoFar so = ChargedSoFar.NOTHING;
                BigDecimal level = BigDecimal.ZERO;
                BigDecimal highest = BigDecimal.ZERO;
                long fees = 0;
                for (int event = 1; event <= 200; event++) {
                    BigDecimal contribution = BigDecimal.valueOf(random.nextInt(-200, 900), 2);
                    ChargedSoFar.Fee fee = so.charge(model, currency, contribution);
                    so = fee.after();
                    fees += fee.amountCents();
                    level = level.add(contribution);
                    highest = highest.max(level);

                    BigDecimal price = model.price(Usage.of(highest, event)).amount();
                    assertThat(fees)
                            .as("seed %d, %s, %s, event %d", seed, model, code, event)
                            .isEqualTo(currency.cents(price))
                            .isEqualTo(so.amountCents());
                    assertThat(so.preciseAmount()).isEqualByComparingTo(price);
                }
            }
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
