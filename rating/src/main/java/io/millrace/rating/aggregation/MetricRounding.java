package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a metric's units are rounded before they are priced, such as `ceil` to 2 digits.
///
/// @param function null leaves units as they are
/// @param precision fractional digits kept; negative rounds to tens, hundreds
public record MetricRounding(@Nullable Function function, int precision) {

    public static final MetricRounding NONE = new MetricRounding(null, 0);

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

    /// Units as they are priced.
    public BigDecimal apply(BigDecimal units) {
        if (function == null) {
            return units;
        }
        BigDecimal rounded = units.setScale(precision, function.mode);
        return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
    }
}
