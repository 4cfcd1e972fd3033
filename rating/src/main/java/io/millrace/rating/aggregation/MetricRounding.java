package io.millrace.rating.aggregation;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a metric's units are rounded before they are priced, such as `ceil` to 2 digits.
///
/// @param function null leaves units as they are
/// @param precision fractional digits kept, -[#MAX_PRECISION] to [#MAX_PRECISION]; negative rounds to tens,
/// hundreds
public record MetricRounding(@Nullable Function function, int precision) {

    /// As many digits as a quantity may have after the point.
    public static final int MAX_PRECISION = Quantity.MAX_FRACTION_DIGITS;

    public static final MetricRounding NONE = new MetricRounding(null, 0);

    /// How prorated units are rounded where the metric does not say: up, at the fifth digit (Lago). Unlike
    /// there, units are rounded once: a metric that has a rounding of its own gets that instead, not that as
    /// well.
    public static final MetricRounding PRORATED = new MetricRounding(Function.CEIL, 5);

    public MetricRounding {
        if (precision < -MAX_PRECISION || precision > MAX_PRECISION) {
            throw new IllegalArgumentException(
                    "%d is not a rounding precision of -%2$d to %2$d".formatted(precision, MAX_PRECISION));
        }
    }

    /// Which neighbour is taken.
    public enum Function {
        /// Half away from zero.
        ROUND(RoundingMode.HALF_UP),
        /// Towards positive infinity: -1.5 becomes -1.
        CEIL(RoundingMode.CEILING),
        /// Towards negative infinity: -1.5 becomes -2.
        FLOOR(RoundingMode.FLOOR);

        private final RoundingMode mode;

        Function(RoundingMode mode) {
            this.mode = mode;
        }

        /// Reads the API's word; empty for any other.
        public static Optional<Function> parse(String code) {
            return switch (code) {
                case "round" -> Optional.of(ROUND);
                case "ceil" -> Optional.of(CEIL);
                case "floor" -> Optional.of(FLOOR);
                default -> Optional.empty();
            };
        }
    }

    /// Reads a metric's two fields.
    ///
    /// @param function the API's word, or null for none. Throws `IllegalArgumentException` for any other
    /// @param precision null is 0
    public static MetricRounding of(@Nullable String function, @Nullable Integer precision) {
        if (function == null) {
            return NONE;
        }
        return new MetricRounding(
                Function.parse(function)
                        .orElseThrow(() ->
                                new IllegalArgumentException("\"%s\" is not a rounding function".formatted(function))),
                precision == null ? 0 : precision);
    }

    /// This rounding, or another where this one leaves units as they are.
    public MetricRounding orElse(MetricRounding other) {
        return function == null ? other : this;
    }

    /// Units as they are priced.
    public BigDecimal apply(BigDecimal units) {
        if (function == null) {
            return units;
        }
        BigDecimal rounded = units.setScale(precision, function.mode);
        return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
    }
}
