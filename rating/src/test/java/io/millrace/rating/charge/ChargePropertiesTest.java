package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChargePropertiesTest {

    @Test
    void aPriceIsPrintedInTheApisSpelling() {
        assertThat(printed("standard", Map.of("amount", new BigDecimal("5.1200"))))
                .isEqualTo("{amount=5.12}");
        assertThat(printed("package", Map.of("amount", "10", "package_size", 100, "free_units", "5")))
                .isEqualTo("{amount=10, free_units=5, package_size=100}");
        assertThat(printed("percentage", Map.of("rate", "1.30", "free_units_per_events", 0, "fixed_amount", "0")))
                .isEqualTo("{rate=1.3}");
        assertThat(printed(
                        "percentage",
                        Map.of(
                                "rate", "1.3",
                                "fixed_amount", "2",
                                "free_units_per_events", 3,
                                "free_units_per_total_aggregation", "250.0",
                                "per_transaction_min_amount", "1.75",
                                "per_transaction_max_amount", "12")))
                .isEqualTo("{fixed_amount=2, free_units_per_events=3, free_units_per_total_aggregation=250,"
                        + " per_transaction_max_amount=12, per_transaction_min_amount=1.75, rate=1.3}");
        assertThat(printed("dynamic", Map.of("anything", "else"))).isEqualTo("{}");
    }

    @Test
    void rangesKeepTheirSpelling() {
        assertThat(printed(
                        "graduated", Map.of("graduated_ranges", ChargeModelTest.ranges("0–10@2+1 11–20@1+0 20–*@1+0"))))
                .isEqualTo("{graduated_ranges=["
                        + "{from_value=0, to_value=10, per_unit_amount=2, flat_amount=1}, "
                        + "{from_value=11, to_value=20, per_unit_amount=1, flat_amount=0}, "
                        + "{from_value=20, to_value=null, per_unit_amount=1, flat_amount=0}]}");
        assertThat(printed(
                        "graduated_percentage",
                        Map.of("graduated_percentage_ranges", ChargeModelTest.rates("0–*@1.5+2"))))
                .isEqualTo(
                        "{graduated_percentage_ranges=[" + "{from_value=0, to_value=null, rate=1.5, flat_amount=2}]}");
        assertThat(printed("volume", Map.of("volume_ranges", ChargeModelTest.ranges("0–*@1+2"))))
                .isEqualTo("{volume_ranges=[{from_value=0, to_value=null, per_unit_amount=1, flat_amount=2}]}");
    }

    /// Sorted by field.
    private static String printed(String model, Map<String, ?> properties) {
        return new TreeMap<>(ChargeModel.parse(model, properties).properties()).toString();
    }
}
