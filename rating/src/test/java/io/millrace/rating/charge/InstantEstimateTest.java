package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InstantEstimateTest {

    @ParameterizedTest(name = "{1} units at {0} cost {2}")
    @CsvSource(
            nullValues = "none",
            value = {"20, 20, 400", "20, 0, 0", "20, -1, 0", "none, 20, 0", "none, -1, 0"})
    void standard(String amount, BigDecimal units, BigDecimal expected) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("amount", amount);

        assertThat(InstantEstimate.of("standard", properties, units).amount()).isEqualByComparingTo(expected);
    }

    @ParameterizedTest(name = "{0} units at {1} %, {2} fixed, at most {3}, at least {4} cost {5}")
    @CsvSource(
            nullValues = "none",
            value = {
                "100, 2, none, none, none, 2",
                "100, 0, none, none, none, 0",
                "100, 0, 12, none, none, 12",
                "100, 0, 2, 15, 0, 2",
                "100, 15, 3, 2, 1, 2",
                "100, 15, 0, none, 16, 16",
                "0, 12, 2, none, none, 2",
                "0, 12, 2, none, 13, 13",
                "-1, 12, 2, none, 13, 0",
            })
    void percentage(BigDecimal units, String rate, String fixed, String maximum, String minimum, BigDecimal expected) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("rate", rate);
        properties.put("fixed_amount", fixed);
        properties.put("per_transaction_max_amount", maximum);
        properties.put("per_transaction_min_amount", minimum);
        // How much of these is left, an estimate does not know.
        properties.put("free_units_per_events", 3);
        properties.put("free_units_per_total_aggregation", "250");

        Price price = InstantEstimate.of("percentage", properties, units);

        assertThat(price.amount()).isEqualByComparingTo(expected);
        assertThat(price.units()).isEqualByComparingTo(units.max(BigDecimal.ZERO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"graduated", "graduated_percentage", "package", "volume", "dynamic", "custom"})
    void otherPricesNeedTheUsageSoFar(String model) {
        assertThatThrownBy(() -> InstantEstimate.of(model, Map.of(), BigDecimal.ONE))
                .isInstanceOfSatisfying(
                        InvalidCharge.class,
                        e -> assertThat(e.violations()).hasToString("{charge_model=[value_is_invalid]}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"standard", "percentage"})
    void aPriceThatIsNoNumberIsRefused(String model) {
        assertThatThrownBy(() -> InstantEstimate.of(model, Map.of("amount", "x", "rate", "x"), BigDecimal.ONE))
                .isInstanceOf(InvalidCharge.class);
    }
}
