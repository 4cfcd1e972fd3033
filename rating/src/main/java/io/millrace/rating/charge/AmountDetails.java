package io.millrace.rating.charge;

/// How an amount came about, for the invoice line; one record per charge model that has something to tell.
public sealed interface AmountDetails
        permits AmountDetails.None,
                Graduated.Details,
                GraduatedPercentage.Details,
                Packages.Details,
                Percentage.Details,
                Volume.Details {

    /// Units times price says it all.
    AmountDetails NONE = new None();

    /// See [#NONE].
    record None() implements AmountDetails {}
}
