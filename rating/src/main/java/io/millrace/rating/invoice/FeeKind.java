package io.millrace.rating.invoice;

/// What a fee is for. Progressive billing knows usage only, and a wallet may be limited to kinds.
public enum FeeKind {
    /// A plan's fee for a period.
    SUBSCRIPTION,
    /// Usage of a billable metric.
    CHARGE,
    /// What is missing to a charge's minimum; belongs to that charge's usage.
    TRUE_UP,
    /// What is missing to a plan's minimum commitment.
    COMMITMENT,
    /// A quantity of an add-on, agreed for the period.
    FIXED_CHARGE,
    /// A one-off add-on.
    ADD_ON,
    /// A wallet's top-up.
    CREDIT;

    /// The kind that limits name: a true-up counts as usage.
    FeeKind counted() {
        return this == TRUE_UP ? CHARGE : this;
    }
}
