package io.millrace.rating.charge;

import static io.millrace.rating.charge.ChargeModelTest.ranges;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InvalidChargeTest {

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
            standard   |                       | {amount=[invalid_amount]}
            standard   | amount=               | {amount=[invalid_amount]}
            standard   | amount=-1             | {amount=[invalid_amount]}
            standard   | amount=ten            | {amount=[invalid_amount]}
            standard   | amount=1e400000000    | {amount=[invalid_amount]}
            standard   | amount=0.0000000000000000001 | {amount=[invalid_amount]}
            package    |                       | {amount=[invalid_amount], free_units=[invalid_free_units], package_size=[invalid_package_size]}
            package    | amount=1 package_size=0 free_units=0   | {package_size=[invalid_package_size]}
            package    | amount=1 package_size=1.5 free_units=0 | {package_size=[invalid_package_size]}
            package    | amount=1 package_size=5 free_units=-1  | {free_units=[invalid_free_units]}
            graduated  |                       | {graduated_ranges=[missing_graduated_ranges]}
            volume     |                       | {volume_ranges=[missing_volume_ranges]}
            graduated_percentage |             | {graduated_percentage_ranges=[missing_graduated_percentage_ranges]}
            percentage |                       | {rate=[invalid_rate]}
            percentage | rate=1 fixed_amount=x free_units_per_events=1.5 free_units_per_total_aggregation=-1 | {fixed_amount=[invalid_fixed_amount], free_units_per_events=[invalid_free_units_per_events], free_units_per_total_aggregation=[invalid_free_units_per_total_aggregation]}
            percentage | rate=1 per_transaction_min_amount=x per_transaction_max_amount=y | {per_transaction_max_amount=[invalid_amount], per_transaction_min_amount=[invalid_amount]}
            percentage | rate=1 per_transaction_min_amount=2 per_transaction_max_amount=1 | {per_transaction_max_amount=[per_transaction_max_lower_than_per_transaction_min]}
            custom     |                       | {charge_model=[value_is_invalid]}
            STANDARD   | amount=1              | {charge_model=[value_is_invalid]}
            """)
    void everyViolationIsNamedAtOnce(String model, String properties, String violations) {
        Map<String, Object> tree = new HashMap<>();
        if (properties != null && !properties.isBlank()) {
            for (String property : properties.split(" ", -1)) {
                String[] nameAndValue = property.split("=", -1);
                tree.put(nameAndValue[0], nameAndValue[1]);
            }
        }
        assertThat(violations(model, tree)).isEqualTo(violations);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "1–10@2+1 11–*@1+1, does not start at 0",
        "-1–10@2+1 11–*@1+1, starts below 0",
        "0–10@2+1 12–*@1+1, leaves a gap",
        "0–10@2+1 9–*@1+1, overlaps",
        "0–10@2+1 11–20@1+1, has an end",
        "0–*@2+1 11–*@1+1, goes on after no end",
        "0–10@2+1 11–5@2+1 6–*@1+1, goes backwards",
        "0–0@2+1 0–*@1+1, has an empty tier",
        "0–ten@2+1 11–*@1+1, is bounded by no number",
    })
    void rangesGoFromZeroToNoEndWithoutGapOrOverlap(String ranges, String why) {
        assertThat(violations("graduated", Map.of("graduated_ranges", ranges(ranges))))
                .as(why)
                .isEqualTo("{graduated_ranges=[invalid_graduated_ranges]}");
        assertThat(violations("volume", Map.of("volume_ranges", ranges(ranges))))
                .as(why)
                .isEqualTo("{volume_ranges=[invalid_volume_ranges]}");
    }

    @Test
    void aRangeWithoutPricesIsRefusedWithItsBounds() {
        Map<String, Object> range = new LinkedHashMap<>();
        range.put("from_value", 5);
        range.put("to_value", null);

        assertThat(violations("graduated", Map.of("graduated_ranges", List.of(range))))
                .isEqualTo("{flat_amount=[invalid_amount], graduated_ranges=[invalid_graduated_ranges],"
                        + " per_unit_amount=[invalid_amount]}");
        assertThat(violations("graduated_percentage", Map.of("graduated_percentage_ranges", List.of(range))))
                .isEqualTo("{flat_amount=[invalid_amount],"
                        + " graduated_percentage_ranges=[invalid_graduated_percentage_ranges], rate=[invalid_rate]}");
    }

    @Test
    void rangesThatAreNoListOfObjectsAreMissing() {
        for (Object ranges : new Object[] {"0-10", 5, Map.of(), List.of(), List.of("0-10"), List.of(List.of())}) {
            assertThat(violations("graduated", Map.of("graduated_ranges", ranges)))
                    .isEqualTo("{graduated_ranges=[missing_graduated_ranges]}");
        }
    }

    @Test
    void anExactNumberIsAPriceAndADoubleIsNot() {
        assertThat(ChargeModel.parse("standard", Map.of("amount", new BigDecimal("0.1"))))
                .isEqualTo(new Standard(new BigDecimal("0.1")));
        assertThat(ChargeModel.parse("standard", Map.of("amount", 5L))).isEqualTo(new Standard(new BigDecimal("5")));
        assertThat(violations("standard", Map.of("amount", 0.1))).isEqualTo("{amount=[invalid_amount]}");
        assertThat(violations("standard", Map.of("amount", true))).isEqualTo("{amount=[invalid_amount]}");
    }

    /// A binary float has lost digits before it came here, also where it looks like a whole number.
    @Test
    void aDoubleIsRefusedInEveryProperty() {
        assertThat(violations("package", Map.of("amount", 1.5, "package_size", 10.0, "free_units", 0.0)))
                .isEqualTo("{amount=[invalid_amount], free_units=[invalid_free_units],"
                        + " package_size=[invalid_package_size]}");
        assertThat(violations(
                        "percentage",
                        Map.of(
                                "rate", 1.3,
                                "fixed_amount", 2.0,
                                "free_units_per_events", 3.0,
                                "free_units_per_total_aggregation", 250.0,
                                "per_transaction_min_amount", 1.75f,
                                "per_transaction_max_amount", 12.0)))
                .isEqualTo("{fixed_amount=[invalid_fixed_amount],"
                        + " free_units_per_events=[invalid_free_units_per_events],"
                        + " free_units_per_total_aggregation=[invalid_free_units_per_total_aggregation],"
                        + " per_transaction_max_amount=[invalid_amount],"
                        + " per_transaction_min_amount=[invalid_amount], rate=[invalid_rate]}");
        List<Map<String, Object>> ranges = ranges("0–10@2+1 10–*@1+1");
        ranges.getFirst().put("to_value", 10.0);
        ranges.getLast().put("flat_amount", 1.0);
        assertThat(violations("graduated", Map.of("graduated_ranges", ranges)))
                .isEqualTo("{flat_amount=[invalid_amount], graduated_ranges=[invalid_graduated_ranges]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pricing_group_keys", "grouped_by"})
    void groupKeysThatAreNoListOfTextsAreRefused(String field) {
        for (Object keys :
                new Object[] {"region", 5, Map.of(), Arrays.asList("region", null), List.of(1), List.of("")}) {
            assertThat(violations("standard", Map.of("amount", "1", field, keys)))
                    .isEqualTo("{%s=[invalid_type]}".formatted(field));
        }
        assertThat(ChargeModel.parse("standard", Map.of("amount", "1", field, List.of("region"))))
                .isEqualTo(new Standard(BigDecimal.ONE));
    }

    @Test
    void thousandsOfBadRangesAreToldOnce() {
        List<Map<String, Object>> ranges = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            ranges.add(Map.of("from_value", "x", "to_value", "y"));
        }
        assertThat(violations("volume", Map.of("volume_ranges", ranges)))
                .isEqualTo("{flat_amount=[invalid_amount], per_unit_amount=[invalid_amount],"
                        + " volume_ranges=[invalid_volume_ranges]}");
    }

    /// Sorted by field.
    private static String violations(String model, Map<String, Object> properties) {
        InvalidCharge invalid = catchThrowableOfType(InvalidCharge.class, () -> ChargeModel.parse(model, properties));
        return invalid == null ? "none" : new TreeMap<>(invalid.violations()).toString();
    }
}
