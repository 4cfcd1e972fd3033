package io.millrace.invoicer.invoice;

import io.millrace.invoicer.contract.Shown;
import io.millrace.rating.charge.AmountDetails;
import io.millrace.rating.charge.Graduated;
import io.millrace.rating.charge.GraduatedPercentage;
import io.millrace.rating.charge.Packages;
import io.millrace.rating.charge.Percentage;
import io.millrace.rating.charge.TierUnits;
import io.millrace.rating.charge.Volume;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/// How an amount came about, in the contract's words.
final class Details {
    private Details() {}

    static Map<String, Object> of(AmountDetails details) {
        var shown = new LinkedHashMap<String, Object>();
        switch (details) {
            case AmountDetails.None ignored -> {}
            case Graduated.Details graduated ->
                shown.put(
                        "graduated_ranges",
                        graduated.tiers().stream().map(Details::amountRange).toList());
            case GraduatedPercentage.Details graduated ->
                shown.put(
                        "graduated_percentage_ranges",
                        graduated.tiers().stream().map(Details::rateRange).toList());
            case Volume.Details volume -> {
                shown.put("flat_unit_amount", Shown.decimal(volume.tier().flatAmount()));
                shown.put("per_unit_amount", Shown.decimal(volume.perUnitAmount()));
                shown.put("per_unit_total_amount", Shown.decimal(volume.perUnitTotalAmount()));
            }
            case Packages.Details packages -> {
                shown.put("free_units", Shown.decimal(packages.freeUnits()));
                shown.put("paid_units", Shown.decimal(packages.paidUnits()));
                shown.put("per_package_size", packages.packageSize());
                shown.put("per_package_unit_amount", Shown.decimal(packages.perPackageAmount()));
            }
            case Percentage.Details percentage -> {
                shown.put("units", Shown.decimal(percentage.units()));
                shown.put("free_units", Shown.decimal(percentage.freeUnits()));
                shown.put("paid_units", Shown.decimal(percentage.paidUnits()));
                shown.put("rate", Shown.decimal(percentage.rate().movePointRight(2)));
                shown.put("per_unit_total_amount", Shown.decimal(percentage.perUnitTotalAmount()));
                shown.put("free_events", percentage.freeEvents());
                shown.put("paid_events", percentage.paidEvents());
                shown.put("fixed_fee_unit_amount", Shown.decimal(percentage.fixedAmount()));
                shown.put("fixed_fee_total_amount", Shown.decimal(percentage.fixedTotalAmount()));
                shown.put("min_max_adjustment_total_amount", Shown.decimal(percentage.boundsAdjustment()));
            }
        }
        return shown;
    }

    private static Map<String, Object> amountRange(TierUnits tier) {
        return range(tier, "per_unit_amount", tier.tier().perUnitAmount());
    }

    private static Map<String, Object> rateRange(TierUnits tier) {
        return range(tier, "rate", tier.tier().perUnitAmount().movePointRight(2));
    }

    private static Map<String, Object> range(TierUnits tier, String unitPriceName, BigDecimal unitPrice) {
        var shown = new LinkedHashMap<String, Object>();
        shown.put("units", Shown.decimal(tier.units()));
        shown.put("from_value", tier.tier().from());
        shown.put("to_value", tier.tier().upTo());
        shown.put("flat_unit_amount", Shown.decimal(tier.flatAmount()));
        shown.put(unitPriceName, Shown.decimal(unitPrice));
        shown.put("per_unit_total_amount", Shown.decimal(tier.perUnitTotalAmount()));
        shown.put("total_with_flat_amount", Shown.decimal(tier.totalAmount()));
        return shown;
    }
}
