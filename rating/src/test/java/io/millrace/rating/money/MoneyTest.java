package io.millrace.rating.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {

    @ParameterizedTest(name = "{0} {1}: {2} minor units, precisely {3}")
    @CsvSource({
        "EUR, 1.851, 185, 185.1",
        "EUR, 0.665, 67, 66.5",
        "EUR, 0.66499999999999999999, 66, 66.499999999999999999",
        "EUR, 0.005, 1, 0.5",
        "EUR, 0.004, 0, 0.4",
        "EUR, -0.005, -1, -0.5",
        "EUR, -0.004, 0, -0.4",
        "JPY, 12.5, 13, 12.5",
        "JPY, 12.49, 12, 12.49",
        "KWD, 1.0005, 1001, 1000.5",
        "KWD, 0.0004, 0, 0.4",
        "CLF, 0.00005, 1, 0.5",
        "USD, 92233720368547758.07, 9223372036854775807, 9223372036854775807",
    })
    void moneyIsRoundedHalfUpToTheMinorUnitOfItsCurrency(
            String currency, String amount, long cents, BigDecimal precise) {
        Money money = Money.of(currency, amount);

        assertThat(money.cents()).isEqualTo(cents);
        assertThat(money.preciseCents()).isEqualByComparingTo(precise);
        assertThat(money.currency().amount(precise)).isEqualByComparingTo(amount);
    }

    @ParameterizedTest
    @CsvSource({"EUR, 0.3, EUR 0.30", "EUR, 12.345678, EUR 12.345678", "JPY, 1000, JPY 1000", "KWD, 1, KWD 1.000"})
    void moneyReadsAsAPersonWritesIt(String currency, String amount, String text) {
        assertThat(Money.of(currency, amount)).hasToString(text);
    }

    @Test
    void anAmountBeyondALongIsRefusedAndNotCutOff() {
        assertThatThrownBy(() -> Money.of("EUR", "92233720368547758.08").cents())
                .isInstanceOf(ArithmeticException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "eur", "EURO", "ABC", "XAU", "XXX"})
    void whatIsNoCurrencyWithAMinorUnitIsRefused(String code) {
        assertThat(CurrencyUnit.find(code)).isEmpty();
        assertThatThrownBy(() -> CurrencyUnit.of(code)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0} by {1}: {2}")
    @CsvSource({
        "100, 1 1 1, 34 33 33",
        "101, 1 1 1, 34 34 33",
        "100, 1 2, 33 67",
        "10, 0.1 0.1 0.8, 1 1 8",
        "1, 1 1, 1 0",
        "0, 1 1, 0 0",
        "-100, 1 1 1, -34 -33 -33",
        "5, 0 1 0, 0 5 0",
        "7, 3, 7",
    })
    void aSplitGivesTheCentsLeftOverToTheLargestRemainders(long total, String weights, String parts) {
        assertThat(LargestRemainder.split(total, decimals(weights)))
                .isEqualTo(
                        Arrays.stream(parts.split(" ", -1)).map(Long::valueOf).toList());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aSplitAddsUpAndNoPartIsACentOffItsShare(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            long total = random.nextLong(-1_000_000, 1_000_000);
            List<BigDecimal> weights = random.longs(1 + random.nextInt(20), 1, 1_000_000)
                    .mapToObj(weight -> BigDecimal.valueOf(weight, 3))
                    .toList();
            BigDecimal sum = weights.stream().reduce(BigDecimal.ZERO, BigDecimal::add);

            List<Long> parts = LargestRemainder.split(total, weights);

            assertThat(parts.stream().mapToLong(part -> part).sum())
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(total);
            for (int i = 0; i < parts.size(); i++) {
                BigDecimal off = sum.multiply(BigDecimal.valueOf(parts.get(i)))
                        .subtract(BigDecimal.valueOf(total).multiply(weights.get(i)));
                assertThat(off.abs()).as("seed %d, round %d", seed, round).isLessThan(sum);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 0", "1 -1 1"})
    void weightsThatSayNothingAreRefused(String weights) {
        assertThatThrownBy(() -> LargestRemainder.split(100, decimals(weights)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static List<BigDecimal> decimals(String text) {
        return Arrays.stream(text.split(" ", -1)).map(BigDecimal::new).toList();
    }
}
