package io.millrace.rating.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {

    @ParameterizedTest(name = "\"{0}\" is {1}")
    @CsvSource({
        "0, 0",
        "-0, 0",
        "0.000, 0",
        "0e999999999, 0",
        "1, 1",
        "+1, 1",
        "-1, -1",
        "007, 7",
        "12.50, 12.5",
        ".5, 0.5",
        "5., 5",
        "-.5, -0.5",
        "' 1 ', 1",
        "1e3, 1000",
        "1E+3, 1000",
        "1500e-3, 1.5",
        "1000000000000000000000e-5, 10000000000000000",
        "0.0000000000000000000000000001e28, 1",
        "0.000000000000000001, 0.000000000000000001",
        "1e-18, 0.000000000000000001",
        "1.000000000000000000000000, 1",
        "99999999999999999999.999999999999999999, 99999999999999999999.999999999999999999",
        "-99999999999999999999.999999999999999999, -99999999999999999999.999999999999999999",
        "9e19, 90000000000000000000",
    })
    void aNumberWithinTheBoundsIsReadExactly(String text, String expected) {
        assertThat(Quantity.parse(text)).isEqualTo(new Quantity.Exact(new BigDecimal(expected)));
        assertThat(Quantity.print(Quantity.exact(text))).isEqualTo(expected);
    }

    @ParameterizedTest(name = "\"{0}\": {1}")
    @CsvSource({
        "'', EMPTY",
        "'   ', EMPTY",
        "-, NOT_A_NUMBER",
        "., NOT_A_NUMBER",
        "e5, NOT_A_NUMBER",
        "1e, NOT_A_NUMBER",
        "1e+, NOT_A_NUMBER",
        "1e5.0, NOT_A_NUMBER",
        "1.2.3, NOT_A_NUMBER",
        "1_000, NOT_A_NUMBER",
        "'1,5', NOT_A_NUMBER",
        "'1 000', NOT_A_NUMBER",
        "--1, NOT_A_NUMBER",
        "0x1F, NOT_A_NUMBER",
        "NaN, NOT_A_NUMBER",
        "Infinity, NOT_A_NUMBER",
        "true, NOT_A_NUMBER",
        "null, NOT_A_NUMBER",
        "١٢, NOT_A_NUMBER",
        "1f, NOT_A_NUMBER",
        "100000000000000000000, TOO_LARGE",
        "-100000000000000000000, TOO_LARGE",
        "1e20, TOO_LARGE",
        "1E20000000, TOO_LARGE",
        "1e99999999999999999999, TOO_LARGE",
        "0.0000000000000000001, TOO_PRECISE",
        "1.0000000000000000001, TOO_PRECISE",
        "1e-19, TOO_PRECISE",
        "1e-20000000, TOO_PRECISE",
        "1e-99999999999999999999, TOO_PRECISE",
    })
    void whatDoesNotFitIsRefusedWithItsReason(String text, Quantity.Refusal reason) {
        assertThat(Quantity.parse(text)).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9", "0", "-", "1e", "1e-", ".", "e", " ", "٣"})
    void hostileTextIsRefusedAtOnce(String repeated) {
        String text = "1" + repeated.repeat(5_000_000);

        assertTimeoutPreemptively(
                Duration.ofSeconds(2),
                () -> assertThat(Quantity.parse(text))
                        .isInstanceOf(repeated.equals(" ") ? Quantity.Exact.class : Quantity.Refusal.class));
    }

    @Test
    void aNumberThatIsThereAlreadyIsCheckedWithoutWritingItOut() {
        assertTimeoutPreemptively(Duration.ofSeconds(2), () -> {
            assertThat(Quantity.of(new BigDecimal("1E2000000000"))).isEqualTo(Quantity.Refusal.TOO_LARGE);
            assertThat(Quantity.of(new BigDecimal("1E-2000000000"))).isEqualTo(Quantity.Refusal.TOO_PRECISE);
            assertThat(Quantity.of(new BigDecimal(BigInteger.ZERO, Integer.MIN_VALUE)))
                    .isEqualTo(new Quantity.Exact(BigDecimal.ZERO));
        });
    }

    @Test
    void theReasonNamesTheTextAndWhatIsWrongWithIt() {
        assertThatThrownBy(() -> Quantity.exact("1,5"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"1,5\" is not a decimal number");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void printingAndParsingIsIdentity(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            int fraction = random.nextInt(Quantity.MAX_FRACTION_DIGITS + 1);
            int bits = random.nextInt(1 + (int) ((fraction + Quantity.MAX_INTEGER_DIGITS) * 3.3));
            BigDecimal number = new BigDecimal(new BigInteger(bits, random), fraction);
            number = random.nextBoolean() ? number.negate() : number;

            assertThat(Quantity.exact(Quantity.print(number)))
                    .as("seed %d: %s", seed, number)
                    .isEqualByComparingTo(number);
        }
    }

    /// Over short texts of what numbers are made of, and over numbers at the bounds.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aTextIsPrintedJustWhereReadingAndPrintingItAnewChangesNothing(long seed) {
        Random random = new Random(seed);
        int printed = 0;
        for (int i = 0; i < 200_000; i++) {
            String text = i % 2 == 0 ? texts(random, "0019.-+e ", 6) : atTheBounds(random);
            boolean same = Quantity.parse(text) instanceof Quantity.Exact(BigDecimal value)
                    && Quantity.print(value).equals(text);
            assertThat(Quantity.isPrinted(text)).as("seed %d: %s", seed, text).isEqualTo(same);
            printed += same ? 1 : 0;
        }
        assertThat(printed).isBetween(10_000, 190_000);
    }

    private static String texts(Random random, String characters, int atMost) {
        return random.ints(random.nextInt(atMost + 1), 0, characters.length())
                .mapToObj(at -> characters.substring(at, at + 1))
                .collect(Collectors.joining());
    }

    private static String atTheBounds(Random random) {
        return (random.nextBoolean() ? "-" : "")
                + texts(random, "0123456789", 22)
                + (random.nextBoolean() ? "." : "")
                + texts(random, "0123456789", 20);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "0, 0",
        "0.000, 0",
        "100, 100",
        "1E+2, 100",
        "1.50, 1.5",
        "100.00, 100",
        "-0.10, -0.1",
        "123456789012345678901234567890.100, 123456789012345678901234567890.1",
        "123456789012345678901234567000.00, 123456789012345678901234567000",
        "-0.1234567890123456789010, -0.123456789012345678901",
        "123456789012345678901.5, 123456789012345678901.5",
    })
    void equalResultsOfArithmeticAreEqualAsRecords(BigDecimal result, BigDecimal canonical) {
        assertThat(Quantity.canonical(result)).isEqualTo(canonical);
    }
}
