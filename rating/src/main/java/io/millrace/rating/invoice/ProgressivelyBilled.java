package io.millrace.rating.invoice;

import java.util.Map;

/// Usage of a period that was invoiced before its end, when it passed a threshold; net of the coupons of those
/// invoices, none of it negative.
///
/// @param feeCents fee → what was invoiced of it
/// @param otherCents what is known as a sum alone, and is spread over the period's usage
public record ProgressivelyBilled(Map<String, Long> feeCents, long otherCents) {

    public static final ProgressivelyBilled NOTHING = new ProgressivelyBilled(Map.of(), 0);

    public ProgressivelyBilled {
        if (otherCents < 0 || feeCents.values().stream().anyMatch(cents -> cents < 0)) {
            throw new IllegalArgumentException("the progressive billing credit is negative");
        }
        feeCents = Map.copyOf(feeCents);
    }
}
