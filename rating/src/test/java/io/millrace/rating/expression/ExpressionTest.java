package io.millrace.rating.expression;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.rating.expression.ExpressionResult.Failure;
import io.millrace.rating.expression.ExpressionResult.Reason;
import io.millrace.rating.expression.ExpressionResult.Text;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {

    private static final ExpressionEvent EVENT = new ExpressionEvent(
            "api_calls",
            Instant.parse("2025-03-03T13:03:29.123Z"),
            Map.of(
                    "replicas", "3",
                    "cpu", "0.335",
                    "negative", "-2.5",
                    "exponent", "1.5e3",
                    "id", "007",
                    "version", "1.10",
                    "plan", "gold",
                    "empty", "",
                    "huge", "1e20000000"));

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            1                                                           | 1
            12.50                                                       | 12.5
            1 + 2 * 3 - 4                                               | 3
            (1 + 2) * 3                                                 | 9
            5 - 2 - 1                                                   | 2
            100 / 10 / 2                                                | 5
            100 / (10 / 2)                                              | 20
            -2 * 3                                                      | -6
            2 - -1                                                      | 3
            -(-1)                                                       | 1
            event.timestamp                                             | 1741007009.123
            event.properties.replicas                                   | 3
            event.properties.id                                         | 7
            event.properties.exponent                                   | 1500
            round((event.properties.replicas * event.properties.cpu) + 2, 2) | 3.01
            ROUND(2.5)                                                  | 3
            Round(-2.5)                                                 | -3
            ceil(-2.5)                                                  | -2
            floor(-2.5)                                                 | -3
            round(14, -1)                                               | 10
            ceil(14, -1)                                                | 20
            round(1.005, 2)                                             | 1.01
            round(1.239, 1.9)                                           | 1.2
            round(1.5, 999999999)                                       | 1.5
            floor(-1, -999)                                             | -1e999
            round(5, -999999999999999999999999)                         | 0
            least(3, event.properties.negative, 2)                      | -2.5
            GREATEST(3, 12)                                             | 12
            """)
    void aNumberIsComputedExactly(String source, String expected) {
        assertThat(evaluate(source))
                .isInstanceOfSatisfying(
                        ExpressionResult.Number.class,
                        result -> assertThat(result.value()).isEqualByComparingTo(expected));
    }

    @ParameterizedTest(name = "{0} is the text {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            'a text'                                                    | a text
            '12'                                                        | 12
            event.code                                                  | api_calls
            event.properties.plan                                       | gold
            event.properties.empty                                      | ""
            concat('a')                                                 | a
            CONCAT(event.properties.plan, '-', event.code)              | gold-api_calls
            concat(event.properties.id, '/', event.properties.version)  | 007/1.10
            concat(event.properties.exponent)                           | 1.5e3
            concat(1.50, '/', 1.50 * 2, '/', 10000000000 * 10000000000) | 1.50/3/100000000000000000000
            concat(event.timestamp)                                     | 1741007009.123
            concat(round(0.4), -0)                                      | 00
            """)
    void aTextIsMadeOfWhatWasSentAndWhatIsComputed(String source, String expected) {
        assertThat(evaluate(source)).isEqualTo(new Text(expected));
    }

    @ParameterizedTest(name = "{0}: {1}, {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            event.properties.gpu                  | MISSING          | event.properties.gpu is absent
            event.properties.Plan                 | MISSING          | event.properties.Plan is absent
            concat('a', event.properties.gpu)     | MISSING          | event.properties.gpu is absent
            event.properties.plan * 2             | NOT_A_NUMBER     | event.properties.plan, \\gold\\, is not a number
            -event.properties.empty               | NOT_A_NUMBER     | event.properties.empty, \\\\, is not a number
            '1' + 1                               | NOT_A_NUMBER     | a text, \\1\\, is not a number
            event.code - 1                        | NOT_A_NUMBER     | event.code, \\api_calls\\, is not a number
            concat('1', '2') * 1                  | NOT_A_NUMBER     | concat, \\12\\, is not a number
            round(1, 'a')                         | NOT_A_NUMBER     | a text, \\a\\, is not a number
            1 / 0                                 | DIVISION_BY_ZERO | 0, the divisor, is zero
            1 / (3 - event.properties.replicas)   | DIVISION_BY_ZERO | 3 - event.properties.replicas, the divisor, is zero
            event.properties.huge                 | TOO_MANY_DIGITS  | a number has more than 1000 digits before or after the point
            ceil(1, -1000)                        | TOO_MANY_DIGITS  | a number has more than 1000 digits before or after the point
            """)
    void anEventThatDoesNotFitIsRefusedWithItsReason(String source, Reason reason, String message) {
        assertThat(evaluate(source)).isEqualTo(new Failure(reason, message.replace('\\', '"')));
    }

    @Test
    void whatAnEventLacksIsMissedOnlyWhereItIsUsed() {
        ExpressionEvent nothing = new ExpressionEvent(null, null, Map.of());

        assertThat(expression("1 + 1").evaluate(nothing)).isEqualTo(number("2"));
        assertThat(expression("event.code").evaluate(nothing))
                .isEqualTo(new Failure(Reason.MISSING, "event.code is absent"));
        assertThat(expression("event.timestamp + 1").evaluate(nothing))
                .isEqualTo(new Failure(Reason.MISSING, "event.timestamp is absent"));
    }

    @Test
    void aDivisionKeepsAHundredDigits() {
        assertThat(evaluate("2 / 3")).isEqualTo(number("0." + "6".repeat(99) + "7"));
        assertThat(evaluate("2000 / 3")).isEqualTo(number("666." + "6".repeat(96) + "7"));
        assertThat(evaluate("1 / 3 * 3")).isEqualTo(number("0." + "9".repeat(100)));
    }

    @ParameterizedTest(name = "{0} is stored as {1}")
    @CsvSource(delimiter = '|', textBlock = """
            2 / 3                                   | 0.666666666666666667
            -2 / 3                                  | -0.666666666666666667
            0.0000000000000000005                   | 0.000000000000000001
            0.00000000000000000049                  | 0
            1.50                                    | 1.5
            ceil(12, -3)                            | 1000
            99999999999999999999.9999999999999999994| 99999999999999999999.999999999999999999
            """)
    void aNumberIsStoredRoundedToEighteenDigits(String source, String expected) {
        assertThat(((ExpressionResult.Number) evaluate(source)).quantity())
                .isEqualTo(new Quantity.Exact(new BigDecimal(expected)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"100000000000000000000", "99999999999999999999.9999999999999999995", "ceil(1, -999)"})
    void aNumberTooLargeToBeStoredIsRefused(String source) {
        assertThat(((ExpressionResult.Number) evaluate(source)).quantity()).isEqualTo(Quantity.Refusal.TOO_LARGE);
    }

    @ParameterizedTest(name = "[{0}] {1}: {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            ""                       | 0  | a number, a text, a part of the event, a function or ( is expected
            "  "                     | 2  | a number, a text, a part of the event, a function or ( is expected
            1+                       | 2  | a number, a text, a part of the event, a function or ( is expected
            + 1                      | 0  | a number, a text, a part of the event, a function or ( is expected
            --1                      | 1  | a number, a text, a part of the event, a function or ( is expected
            1 2                      | 2  | an operator or the end is expected
            1.1.1                    | 3  | an operator or the end is expected
            1.                       | 2  | a digit is expected
            .5                       | 0  | a number, a text, a part of the event, a function or ( is expected
            1e5                      | 1  | an operator or the end is expected
            2x                       | 1  | an operator or the end is expected
            1 % 2                    | 2  | an operator or the end is expected
            (1                       | 2  | an operator or ) is expected
            (1,2)                    | 2  | an operator or ) is expected
            1)                       | 1  | an operator or the end is expected
            'open                    | 0  | the text does not end
            foo                      | 0  | there is no function of this name
            min(1)                   | 0  | there is no function of this name
            1 + rOUND(1)             | 4  | there is no function of this name
            round                    | 5  | ( is expected
            round()                  | 6  | a number, a text, a part of the event, a function or ( is expected
            concat('a',)             | 11 | a number, a text, a part of the event, a function or ( is expected
            concat('a' 'b')          | 11 | an operator or ) is expected
            round(1, 2, 3)           | 5  | one or two arguments are expected
            event                    | 5  | event.code, event.timestamp or event.properties.NAME is expected
            event .code              | 5  | event.code, event.timestamp or event.properties.NAME is expected
            event.codes              | 6  | an event has code, timestamp and properties
            event.                   | 6  | an event has code, timestamp and properties
            event.properties         | 16 | the name of a property is expected
            event.properties._a      | 17 | the name of a property is expected
            event.properties.1a      | 17 | the name of a property is expected
            event.properties.a.b     | 18 | an operator or the end is expected
            event.properties.é       | 17 | the name of a property is expected
            """)
    void whatIsNoExpressionIsRefusedWhereItCannotGoOn(String source, int position, String reason) {
        assertThat(Expression.parse(source)).isEqualTo(new ParseError(position, reason));
    }

    @Test
    void peopleCountCharactersFromOne() {
        assertThat(new ParseError(2, "a digit is expected").message()).isEqualTo("character 3: a digit is expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\t1", "1\n", "1 +\u00a02", "\u00001", "1\u0000"})
    void onlyTheBlankIsBlank(String source) {
        assertThat(Expression.parse(source)).isInstanceOf(ParseError.class);
    }

    @ParameterizedTest(name = "{0} is written {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            1+(2*3)-4                        | 1 + 2 * 3 - 4
            (1+2)-4                          | (1 + 2) - 4
            1+(2+3)                          | 1 + (2 + 3)
            (1+2)*3                          | (1 + 2) * 3
            1*(2*3)                          | 1 * (2 * 3)
            -(1)                             | -1
            -(1*2)                           | -(1 * 2)
            (-1)*2                           | -1 * 2
            1-(-2)                           | 1 - -2
            -(-2)                            | -(-2)
            ROUND ( 007.10 , -1 )            | round(7.10, -1)
            Concat(event.code,event.timestamp,event.properties.a_1,'x y') | concat(event.code, event.timestamp, event.properties.a_1, 'x y')
            Least((1))/(GREATEST(1,2))       | least(1) / greatest(1, 2)
            """)
    void anExpressionHasOneSpelling(String source, String expected) {
        assertThat(expression(source)).hasToString(expected).isEqualTo(expression(expected));
    }

    private static ExpressionResult evaluate(String source) {
        return expression(source).evaluate(EVENT);
    }

    private static Expression expression(String source) {
        return switch (Expression.parse(source)) {
            case Expression expression -> expression;
            case ParseError error -> throw new AssertionError(source + ": " + error.message());
        };
    }

    private static ExpressionResult number(String value) {
        return new ExpressionResult.Number(new BigDecimal(value));
    }
}
