package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FixedChargeTermsTest {

    @ParameterizedTest(name = "{1} {0} {2}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            standard   |  5 | advance prorated | {}
            graduated  |  5 | prorated         | {}
            graduated  |  5 | advance          | {}
            volume     |  0 | prorated         | {}
            volume     |  5 | advance          | {pay_in_advance=[invalid_charge_model]}
            graduated  |  5 | advance prorated | {prorated=[invalid_charge_model]}
            standard   | -1 | arrears          | {units=[value_is_out_of_range]}
            percentage |  5 | arrears          | {charge_model=[value_is_invalid]}
            package    | -1 | arrears          | {charge_model=[value_is_invalid], units=[value_is_out_of_range]}
            """)
    void whatGoesTogether(String model, BigDecimal units, String saying, String violations) {
        var terms = new FixedChargeTerms(model, units, saying.contains("advance"), saying.contains("prorated"));

        assertThat(terms.violations()).hasToString(violations);
    }
}
