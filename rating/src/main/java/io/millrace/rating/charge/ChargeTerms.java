package io.millrace.rating.charge;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.Latest;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.ProratedSum;
import io.millrace.rating.aggregation.ProratedUniqueCount;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.WeightedSum;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a charge says beside its price, and which of it goes together.
///
/// ```
/// in advance      count, sum, unique count; any model but volume
/// prorated        recurring metrics; in advance standard, in arrears standard, graduated and volume
/// percentages     any metric but latest
/// dynamic         sum
/// minimum         in arrears
/// not invoiced    in advance
/// ```
///
/// @param model the model's name in the API, such as `graduated`
/// @param aggregation the metric's
/// @param recurring true where the metric's usage carries over to the next period
/// @param payInAdvance true where each event is charged as it comes
/// @param prorated true where units are prorated to the days that they are held
/// @param invoiceable false where fees are not put on invoices
/// @param regroupsPaidFees true where paid fees that were not invoiced come together on an invoice at the
/// period's end
/// @param minAmountCents what is due at least for a whole period, minor units; 0 for none
public record ChargeTerms(
        String model,
        Aggregation aggregation,
        boolean recurring,
        boolean payInAdvance,
        boolean prorated,
        boolean invoiceable,
        boolean regroupsPaidFees,
        long minAmountCents) {

    /// Everything that does not go together: field of the API → codes. Empty where all does. Says nothing
    /// about the price, which is [ChargeModel#parse]'s.
    public Map<String, List<String>> violations() {
        Map<String, List<String>> violations = new LinkedHashMap<>();
        if (model.equals("dynamic") && !(aggregation instanceof Sum)) {
            refuse(violations, "charge_model", "invalid_aggregation_type_or_charge_model");
        }
        if (isPercentage() && aggregation instanceof Latest) {
            refuse(violations, "properties", "invalid_value");
        }
        if (payInAdvance && (model.equals("volume") || !aggregation.payableInAdvance())) {
            refuse(violations, "pay_in_advance", "invalid_aggregation_type_or_charge_model");
        }
        if (prorated && !(recurring && isProratable())) {
            refuse(violations, "prorated", "invalid_billable_metric_or_charge_model");
        }
        if (minAmountCents < 0) {
            refuse(violations, "min_amount_cents", "value_is_out_of_range");
        }
        if (minAmountCents > 0 && payInAdvance) {
            refuse(violations, "min_amount_cents", "not_compatible_with_pay_in_advance");
        }
        if (!invoiceable && !payInAdvance) {
            refuse(violations, "invoiceable", "must_be_true_unless_pay_in_advance");
        }
        if (regroupsPaidFees && (invoiceable || !payInAdvance)) {
            refuse(violations, "regroup_paid_fees", "only_compatible_with_pay_in_advance_and_non_invoiceable");
        }
        return violations;
    }

    private boolean isPercentage() {
        return model.equals("percentage") || model.equals("graduated_percentage");
    }

    private boolean isProratable() {
        boolean byModel = payInAdvance
                ? model.equals("standard")
                : List.of("standard", "graduated", "volume").contains(model);
        return byModel
                && switch (aggregation) {
                    case Sum sum -> true;
                    case UniqueCount uniqueCount -> true;
                    // These start anew with each period: there are no days for which a unit is held.
                    case Count count -> false;
                    case Max max -> false;
                    case Latest latest -> false;
                    // These are by time already.
                    case WeightedSum _, ProratedSum _, ProratedUniqueCount _ -> false;
                };
    }

    private static void refuse(Map<String, List<String>> violations, String field, String code) {
        violations.computeIfAbsent(field, f -> new ArrayList<>()).add(code);
    }
}
