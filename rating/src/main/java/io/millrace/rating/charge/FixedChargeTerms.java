package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a fixed charge says beside its price, and which of it goes together. A fixed charge is for an agreed
/// number of units of an add-on, such as 5 seats, and not for usage.
///
/// ```
/// in advance      standard, graduated
/// prorated        in advance standard, in arrears standard, graduated and volume
/// ```
///
/// @param model the model's name in the API: `standard`, `graduated` or `volume`
/// @param units agreed units; not negative
/// @param payInAdvance true where it is charged at the period's start
/// @param prorated true where units are prorated to the days that they are held
public record FixedChargeTerms(String model, BigDecimal units, boolean payInAdvance, boolean prorated) {

    private static final List<String> MODELS = List.of("standard", "graduated", "volume");

    /// Everything that does not go together: field of the API → codes. Empty where all does. Says nothing
    /// about the price, which is [ChargeModel#parse]'s.
    public Map<String, List<String>> violations() {
        Map<String, List<String>> violations = new LinkedHashMap<>();
        if (!MODELS.contains(model)) {
            violations.put("charge_model", List.of("value_is_invalid"));
        }
        if (units.signum() < 0) {
            violations.put("units", List.of("value_is_out_of_range"));
        }
        if (payInAdvance && model.equals("volume")) {
            violations.put("pay_in_advance", List.of("invalid_charge_model"));
        }
        if (payInAdvance && prorated && model.equals("graduated")) {
            violations.put("prorated", List.of("invalid_charge_model"));
        }
        return violations;
    }
}
