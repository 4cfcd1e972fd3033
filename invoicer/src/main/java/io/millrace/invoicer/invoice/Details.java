package io.millrace.invoicer.invoice;

import io.millrace.invoicer.contract.Shown;
import io.millrace.rating.charge.AmountDetails;
import io.millrace.rating.charge.Graduated;
import io.millrace.rating.charge.Packages;
import io.millrace.rating.charge.Percentage;
import io.millrace.rating.charge.Volume;
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
                        graduated.tiers().stream().map(Details::range).toList());
            case Volume.Details volume -> {
                shown.put("flat_unit_amount", Shown.decimal(volume.tier().flatAmount()));
                shown.put("per_unit_amount", Shown.decimal(volume.tier().perUnitAmount()));
                shown.put("per_unit_total_amount", Shown.decimal(volume.perUnitTotalAmount()));
            }
            case Packages.Details packages -> {
                shown.put("free_units", Shown.decimal(packages.freeUnits()));
                shown.put("paid_units", Shown.decimal(packages.paidUnits()));
                shown.put("per_package_unit_amount", Shown.decimal(packages.perPackageAmount()));
            }
            case Percentage.Details percentage -> {
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

    private static Map<String, Object> range(Graduated.TierDetails tier) {
        var shown = new LinkedHashMap<String, Object>();
        shown.put("units", Shown.decimal(tier.units()));
        shown.put("from_value", tier.above());
        shown.put("to_value", tier.upTo());
        shown.put("flat_unit_amount", Shown.decimal(tier.flatAmount()));
        shown.put("per_unit_amount", Shown.decimal(tier.perUnitAmount()));
        shown.put("per_unit_total_amount", Shown.decimal(tier.perUnitTotalAmount()));
        shown.put("total_with_flat_amount", Shown.decimal(tier.totalAmount()));
        return shown;
    }
}
