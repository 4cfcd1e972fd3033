package io.millrace.rating.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.millrace.rating.expression.ExpressionResult.Failure;
import io.millrace.rating.expression.ExpressionResult.Reason;
import io.millrace.rating.expression.Node.Extreme;
import io.millrace.rating.expression.Node.Neighbour;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds for every expression, over random ones.
class ExpressionLawsTest {

    private static final ExpressionEvent EVENT = new ExpressionEvent(
            "api_calls",
            Instant.parse("2025-03-03T13:03:29.123Z"),
            Map.of("a", "12", "b", "-0.75", "c", "gold", "d", "0", "e", "1e18", "f", "999999999999999999.999"));

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void readingWhatIsPrintedIsIdentity(long seed) {
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 2_000; i++) {
            Expression expression = new Expression(node(random, 5));

            assertThat(Expression.parse(expression.toString()))
                    .as("seed %d: %s", seed, expression)
                    .isEqualTo(expression);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void blanksAndSpareParenthesesChangeNothing(long seed) {
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 1_000; i++) {
            Node node = node(random, 4);
            String spelled = spelled(node, random);

            assertThat(Expression.parse(spelled))
                    .as("seed %d: %s", seed, spelled)
                    .isEqualTo(new Expression(node));
        }
    }

    /// Against fractions of whole numbers, which lose nothing; a division may be off in its hundredth
    /// digit.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void arithmeticAgreesWithFractions(long seed) {
        var random = new SplittableRandom(seed);
        int compared = 0;
        for (int i = 0; i < 2_000; i++) {
            Node node = arithmetic(random, 4);
            ExpressionResult result = new Expression(node).evaluate(EVENT);
            Fraction expected = fraction(node);
            if (expected == null) {
                assertThat(result)
                        .as("seed %d: %s", seed, node.print())
                        .isInstanceOfSatisfying(
                                Failure.class,
                                failure -> assertThat(failure.reason()).isEqualTo(Reason.DIVISION_BY_ZERO));
            } else if (result instanceof ExpressionResult.Number(BigDecimal value)) {
                compared++;
                assertThat(expected.distanceTo(value))
                        .as("seed %d: %s is %s", seed, node.print(), value)
                        .isLessThan(new BigDecimal("1e-60"));
            } else {
                // Zero only because a division before it was rounded: a divisor such as 1 / 3 * 3 - 1.
                assertThat(node.print()).contains("/");
            }
        }
        assertThat(compared).isGreaterThan(1_000);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void roundingTakesANeighbour(long seed) {
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 2_000; i++) {
            BigDecimal value = new BigDecimal(BigInteger.valueOf(random.nextLong()), random.nextInt(0, 25));
            int digits = random.nextInt(-20, 26);
            BigDecimal unit = BigDecimal.ONE.scaleByPowerOfTen(-digits);
            BigDecimal round = rounded("round", value, digits);
            BigDecimal ceil = rounded("ceil", value, digits);
            BigDecimal floor = rounded("floor", value, digits);
            String as = "seed %d: %s to %d digits".formatted(seed, value, digits);

            assertThat(value.subtract(round).abs()).as(as).isLessThanOrEqualTo(unit.divide(BigDecimal.TWO));
            assertThat(round.remainder(unit)).as(as).isEqualByComparingTo("0");
            assertThat(round).as(as).isIn(ceil, floor);
            assertThat(ceil).as(as).isBetween(value, value.add(unit)).isNotEqualTo(value.add(unit));
            assertThat(floor)
                    .as(as)
                    .isEqualByComparingTo(
                            rounded("ceil", value.negate(), digits).negate());
            assertThat(round)
                    .as(as)
                    .isEqualByComparingTo(
                            rounded("round", value.negate(), digits).negate());
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void leastAndGreatestAreAmongTheirValuesInAnyOrder(long seed) {
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            List<BigDecimal> values = new ArrayList<>();
            for (int j = random.nextInt(1, 8); j > 0; j--) {
                values.add(BigDecimal.valueOf(random.nextInt(-99, 100), random.nextInt(0, 3)));
            }
            String arguments = values.stream().map(BigDecimal::toPlainString).collect(Collectors.joining(", "));

            assertThat(value("least(%s)".formatted(arguments)))
                    .as("seed %d: %s", seed, arguments)
                    .isEqualByComparingTo(
                            values.stream().min(BigDecimal::compareTo).orElseThrow());
            assertThat(value("GREATEST(%s)".formatted(arguments)))
                    .as("seed %d: %s", seed, arguments)
                    .isEqualByComparingTo(
                            values.stream().max(BigDecimal::compareTo).orElseThrow());
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void whateverIsWrittenIsAnExpressionOrRefusedWithAPlace(long seed) {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> fuzz(seed, 20_000));
    }

    @Tag("soak")
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("soakSeeds")
    void whateverIsWrittenIsAnExpressionOrRefusedForLong(long seed) {
        fuzz(seed, 1_000_000);
    }

    static Stream<Long> soakSeeds() {
        return IntStream.range(100, 110).mapToObj(Long::valueOf);
    }

    /// Each is as long, deep or large as the limits allow, or larger.
    static Stream<String> hostile() {
        return Stream.of(
                "(".repeat(Expression.MAX_SOURCE_LENGTH),
                "(".repeat(1_000_000),
                "-(".repeat(2_000) + "1",
                "round(".repeat(600),
                nested("(", Expression.MAX_DEPTH, ")"),
                nested("-(", Expression.MAX_DEPTH, ")"),
                nested("round(", Expression.MAX_DEPTH, ", 9)"),
                nested("1 / (1 + ", Expression.MAX_DEPTH, ")"),
                nested("(1 / 3) * (", Expression.MAX_DEPTH, ")"),
                "1" + "+1".repeat(2_047),
                "1" + "/3".repeat(2_047),
                "9" + "*99999999".repeat(450),
                "event.properties.huge" + "*event.properties.huge".repeat(180),
                "event.properties.tiny" + "*event.properties.tiny".repeat(180),
                "event.properties.tiny" + "+event.properties.huge".repeat(180),
                "event.properties.tiny" + "/event.properties.huge".repeat(180),
                "9".repeat(Expression.MAX_SOURCE_LENGTH),
                "9".repeat(Expression.MAX_DIGITS) + "*" + "9".repeat(Expression.MAX_DIGITS),
                "0." + "9".repeat(Expression.MAX_DIGITS) + "/" + "7".repeat(Expression.MAX_DIGITS),
                "round(1, 999999999999999999)",
                "round(event.properties.huge, -999999999999999999)",
                "ceil(1, -2147483649)",
                "round(1, event.properties.huge)",
                "round(1, -event.properties.huge)",
                "round(1, event.properties.tiny)",
                "concat(" + "event.properties.long,".repeat(180) + "'')",
                nested("concat(event.properties.long,", Expression.MAX_DEPTH, ")"),
                "event.properties.bomb",
                "event.properties.bomb + 1",
                "1 / event.properties.crumb",
                "concat(event.properties.bomb, event.properties.crumb)",
                " ".repeat(Expression.MAX_SOURCE_LENGTH),
                "'".repeat(Expression.MAX_SOURCE_LENGTH),
                "'" + "é".repeat(Expression.MAX_SOURCE_LENGTH));
    }

    @ParameterizedTest
    @MethodSource
    void hostile(String source) {
        ExpressionEvent event = new ExpressionEvent(
                "c",
                Instant.MAX,
                Map.of(
                        "huge",
                        "9".repeat(250) + "e700",
                        "tiny",
                        "9".repeat(250) + "e-999",
                        "bomb",
                        "1e2147483647",
                        "crumb",
                        "1e-2147483647",
                        "long",
                        "x".repeat(1_000_000)));
        assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> onASmallStack(() -> {
                    if (Expression.parse(source) instanceof Expression expression) {
                        expression.evaluate(event);
                        assertThat(expression.hashCode()).isEqualTo(expression.hashCode());
                        assertThat(expression.toString()).isNotEmpty();
                    }
                }));
    }

    @Test
    void theLimitsAreWhatTheySay() {
        assertThat(Expression.parse(nested("(", Expression.MAX_DEPTH, ")"))).isInstanceOf(Expression.class);
        assertThat(Expression.parse(nested("(", Expression.MAX_DEPTH + 1, ")")))
                .isEqualTo(new ParseError(Expression.MAX_DEPTH + 1, "nested deeper than 50"));
        assertThat(Expression.parse(" ".repeat(Expression.MAX_SOURCE_LENGTH - 1) + "1"))
                .isInstanceOf(Expression.class);
        assertThat(Expression.parse(" ".repeat(Expression.MAX_SOURCE_LENGTH) + "1"))
                .isEqualTo(new ParseError(Expression.MAX_SOURCE_LENGTH, "longer than 4096 characters"));
        assertThat(Expression.parse("9".repeat(Expression.MAX_DIGITS))).isInstanceOf(Expression.class);
        assertThat(Expression.parse("0." + "9".repeat(Expression.MAX_DIGITS))).isInstanceOf(Expression.class);
        assertThat(Expression.parse("0." + "9".repeat(Expression.MAX_DIGITS + 1)))
                .isEqualTo(new ParseError(0, "more than 1000 digits before or after the point"));
        assertThat(Expression.parse("1 + " + "9".repeat(Expression.MAX_DIGITS + 1)))
                .isEqualTo(new ParseError(4, "more than 1000 digits before or after the point"));
        assertThat(evaluate("9".repeat(Expression.MAX_DIGITS) + " + 0")).isInstanceOf(ExpressionResult.Number.class);
        assertThat(evaluate("9".repeat(Expression.MAX_DIGITS) + " + 1"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.reason()).isEqualTo(Reason.TOO_MANY_DIGITS));
        String half = "concat(event.properties.x, event.properties.x%s)";
        ExpressionEvent event =
                new ExpressionEvent(null, null, Map.of("x", "x".repeat(Expression.MAX_TEXT_LENGTH / 2)));
        assertThat(expression(half.formatted("")).evaluate(event)).isInstanceOf(ExpressionResult.Text.class);
        assertThat(expression(half.formatted(", 1")).evaluate(event))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.reason()).isEqualTo(Reason.TOO_LONG));
    }

    private static void fuzz(long seed, int rounds) {
        var random = new SplittableRandom(seed);
        int understood = 0;
        for (int i = 0; i < rounds; i++) {
            String source = i % 4 == 0 ? noise(random) : mutated(spelled(node(random, 4), random), random);
            switch (Expression.parse(source)) {
                case ParseError(int position, String reason) -> {
                    assertThat(position).as("seed %d: %s", seed, source).isBetween(0, source.length());
                    assertThat(reason).isNotEmpty();
                }
                case Expression expression -> {
                    understood++;
                    expression.evaluate(EVENT);
                }
            }
        }
        assertThat(understood).as("seed %d", seed).isBetween(rounds / 20, rounds * 19 / 20);
    }

    private static String noise(RandomGenerator random) {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// One to three characters replaced, removed, doubled or put in.
    private static String mutated(String source, RandomGenerator random) {
        StringBuilder text = new StringBuilder(source);
        String alphabet = "()+-*/,.' 0123456789eE_aévent\t\0";
        for (int i = random.nextInt(1, 4); i > 0 && !text.isEmpty(); i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
                case 1 -> text.deleteCharAt(at);
                case 2 -> text.insert(at, text.charAt(at));
                default -> text.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
            }
        }
        return text.toString();
    }

    /// Any expression.
    private static Node node(RandomGenerator random, int depth) {
        if (depth == 0 || random.nextInt(5) == 0) {
            return switch (random.nextInt(5)) {
                case 0 -> new Node.Quoted(random.nextBoolean() ? "" : "a \"(é, 1");
                case 1 -> new Node.Code();
                case 2 -> new Node.Timestamp();
                case 3 ->
                    new Node.Property(List.of("a", "b", "c", "A_1", "missing").get(random.nextInt(5)));
                default -> literal(random);
            };
        }
        return switch (random.nextInt(6)) {
            case 0 -> new Node.Negation(node(random, depth - 1));
            case 1 -> new Node.Concat(nodes(random, depth - 1));
            case 2 ->
                new Node.Rounding(
                        pick(Neighbour.values(), random),
                        node(random, depth - 1),
                        random.nextBoolean() ? null : node(random, depth - 1));
            case 3 -> new Node.Selection(pick(Extreme.values(), random), nodes(random, depth - 1));
            default -> chain(random, () -> node(random, depth - 1));
        };
    }

    private static Node chain(RandomGenerator random, Supplier<Node> values) {
        List<Operator> joining = random.nextBoolean()
                ? List.of(Operator.ADD, Operator.SUBTRACT)
                : List.of(Operator.MULTIPLY, Operator.DIVIDE);
        return new Node.Chain(
                values.get(),
                IntStream.range(0, random.nextInt(1, 4))
                        .mapToObj(i -> new Node.Link(joining.get(random.nextInt(2)), values.get()))
                        .toList());
    }

    private static List<Node> nodes(RandomGenerator random, int depth) {
        return IntStream.range(0, random.nextInt(1, 4))
                .mapToObj(i -> node(random, depth))
                .toList();
    }

    /// Operators over numbers.
    private static Node arithmetic(RandomGenerator random, int depth) {
        if (depth == 0 || random.nextInt(6) == 0) {
            return random.nextInt(3) == 0
                    ? new Node.Property(List.of("a", "b", "d", "e", "f").get(random.nextInt(5)))
                    : literal(random);
        }
        return random.nextInt(6) == 0
                ? new Node.Negation(arithmetic(random, depth - 1))
                : chain(random, () -> arithmetic(random, depth - 1));
    }

    private static Node literal(RandomGenerator random) {
        return new Node.Literal(BigDecimal.valueOf(random.nextInt(1_000), random.nextInt(4)));
    }

    private static <T> T pick(T[] values, RandomGenerator random) {
        return values[random.nextInt(values.length)];
    }

    /// A spelling with parentheses around every value, blanks anywhere and any case of functions.
    private static String spelled(Node node, RandomGenerator random) {
        String blanks = " ".repeat(random.nextInt(3));
        String spelled = switch (node) {
            case Node.Negation(Node value) -> "-" + blanks + "(" + spelled(value, random) + ")";
            case Node.Chain(Node first, List<Node.Link> rest) ->
                rest.stream()
                        .map(link ->
                                "%s%c(%s)".formatted(blanks, link.operator().symbol(), spelled(link.value(), random)))
                        .collect(Collectors.joining("", "(" + spelled(first, random) + ")", ""));
            case Node.Concat(List<Node> parts) -> call("concat", parts, random);
            case Node.Rounding(Neighbour neighbour, Node value, Node digits) ->
                call(neighbour.name(), digits == null ? List.of(value) : List.of(value, digits), random);
            case Node.Selection(Extreme extreme, List<Node> values) -> call(extreme.name(), values, random);
            case Node.Literal literal -> "0".repeat(random.nextInt(2)) + literal.print();
            case Node.Quoted quoted -> quoted.print();
            case Node.Code code -> code.print();
            case Node.Timestamp timestamp -> timestamp.print();
            case Node.Property property -> property.print();
        };
        return random.nextInt(4) == 0 ? "%s( %s)%s".formatted(blanks, spelled, blanks) : blanks + spelled + blanks;
    }

    private static String call(String function, List<Node> arguments, RandomGenerator random) {
        String lower = function.toLowerCase(java.util.Locale.ROOT);
        String upper = function.toUpperCase(java.util.Locale.ROOT);
        String name =
                List.of(lower, upper, upper.charAt(0) + lower.substring(1)).get(random.nextInt(3));
        return arguments.stream()
                .map(argument -> spelled(argument, random))
                .collect(Collectors.joining(",", name + " ".repeat(random.nextInt(2)) + "(", ")"));
    }

    /// A number that loses nothing.
    private record Fraction(BigInteger numerator, BigInteger denominator) {

        static Fraction of(BigDecimal value) {
            return value.scale() <= 0
                    ? new Fraction(value.toBigIntegerExact(), BigInteger.ONE)
                    : new Fraction(value.unscaledValue(), BigInteger.TEN.pow(value.scale()));
        }

        Fraction plus(Fraction other) {
            return new Fraction(
                    numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
                    denominator.multiply(other.denominator));
        }

        Fraction times(Fraction other) {
            return new Fraction(numerator.multiply(other.numerator), denominator.multiply(other.denominator));
        }

        /// Null for a division by zero.
        Fraction joined(Operator operator, Fraction other) {
            return switch (operator) {
                case ADD -> plus(other);
                case SUBTRACT -> plus(new Fraction(other.numerator.negate(), other.denominator));
                case MULTIPLY -> times(other);
                case DIVIDE ->
                    other.numerator.signum() == 0 ? null : times(new Fraction(other.denominator, other.numerator));
            };
        }

        /// Of the larger of the value and 1.
        BigDecimal distanceTo(BigDecimal value) {
            Fraction difference = plus(of(value.negate()));
            return new BigDecimal(difference.numerator)
                    .divide(new BigDecimal(difference.denominator), new MathContext(20, RoundingMode.UP))
                    .abs()
                    .divide(value.abs().max(BigDecimal.ONE), new MathContext(20, RoundingMode.UP));
        }
    }

    /// Null where something is divided by zero.
    private static Fraction fraction(Node node) {
        return switch (node) {
            case Node.Literal(BigDecimal value) -> Fraction.of(value);
            case Node.Property property -> Fraction.of(property.number(EVENT));
            case Node.Negation(Node value) -> {
                Fraction of = fraction(value);
                yield of == null ? null : new Fraction(of.numerator.negate(), of.denominator);
            }
            case Node.Chain(Node first, List<Node.Link> rest) -> {
                Fraction result = fraction(first);
                for (Node.Link link : rest) {
                    Fraction next = fraction(link.value());
                    result = result == null || next == null ? null : result.joined(link.operator(), next);
                }
                yield result;
            }
            default -> throw new AssertionError(node);
        };
    }

    private static String nested(String open, int depth, String close) {
        return open.repeat(depth) + "1" + close.repeat(depth);
    }

    private static BigDecimal rounded(String function, BigDecimal value, int digits) {
        return value("%s(%s, %d)".formatted(function, value.toPlainString(), digits));
    }

    private static BigDecimal value(String source) {
        return ((ExpressionResult.Number) evaluate(source)).value();
    }

    private static ExpressionResult evaluate(String source) {
        return expression(source).evaluate(EVENT);
    }

    private static Expression expression(String source) {
        return (Expression) Expression.parse(source);
    }

    /// Half of what a thread has by default.
    private static void onASmallStack(Runnable action) throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(null, action, "small stack", 512 * 1024);
        thread.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
        thread.start();
        thread.join();
        assertThat(thrown.get()).isNull();
    }
}
