package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.rating.aggregation.Aggregation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChargeTermsTest {

    @ParameterizedTest(name = "{0} of {1}, {2}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            standard   | count_agg        | -                  | {}
            standard   | max_agg          | -                  | {}
            percentage | max_agg          | -                  | {}
            dynamic    | sum_agg          | -                  | {}
            standard   | count_agg        | advance            | {}
            graduated  | sum_agg          | advance            | {}
            package    | unique_count_agg | advance            | {}
            standard   | sum_agg          | recurring prorated | {}
            graduated  | unique_count_agg | recurring prorated | {}
            volume     | sum_agg          | recurring prorated | {}
            standard   | sum_agg          | recurring prorated advance | {}
            standard   | sum_agg          | minimum            | {}
            standard   | sum_agg          | advance not-invoiced | {}
            standard   | sum_agg          | advance not-invoiced regrouped | {}
            dynamic    | count_agg        | -                  | {charge_model=[invalid_aggregation_type_or_charge_model]}
            percentage | latest_agg       | -                  | {properties=[invalid_value]}
            graduated_percentage | latest_agg | -            | {properties=[invalid_value]}
            volume     | sum_agg          | advance            | {pay_in_advance=[invalid_aggregation_type_or_charge_model]}
            standard   | max_agg          | advance            | {pay_in_advance=[invalid_aggregation_type_or_charge_model]}
            standard   | latest_agg       | advance            | {pay_in_advance=[invalid_aggregation_type_or_charge_model]}
            standard   | sum_agg          | prorated           | {prorated=[invalid_billable_metric_or_charge_model]}
            package    | sum_agg          | recurring prorated | {prorated=[invalid_billable_metric_or_charge_model]}
            graduated  | sum_agg          | recurring prorated advance | {prorated=[invalid_billable_metric_or_charge_model]}
            standard   | max_agg          | recurring prorated | {prorated=[invalid_billable_metric_or_charge_model]}
            standard   | sum_agg          | advance minimum    | {min_amount_cents=[not_compatible_with_pay_in_advance]}
            standard   | sum_agg          | below-zero         | {min_amount_cents=[value_is_out_of_range]}
            standard   | sum_agg          | not-invoiced       | {invoiceable=[must_be_true_unless_pay_in_advance]}
            standard   | sum_agg          | advance regrouped  | {regroup_paid_fees=[only_compatible_with_pay_in_advance_and_non_invoiceable]}
            volume     | max_agg          | advance prorated minimum | {pay_in_advance=[invalid_aggregation_type_or_charge_model], prorated=[invalid_billable_metric_or_charge_model], min_amount_cents=[not_compatible_with_pay_in_advance]}
            """)
    void whatGoesTogether(String model, String aggregation, String saying, String violations) {
        var terms = new ChargeTerms(
                model,
                Aggregation.parse(aggregation).orElseThrow(),
                saying.contains("recurring"),
                saying.contains("advance"),
                saying.contains("prorated"),
                !saying.contains("not-invoiced"),
                saying.contains("regrouped"),
                saying.contains("minimum") ? 100 : saying.contains("below-zero") ? -1 : 0);

        assertThat(terms.violations()).hasToString(violations);
    }
}
