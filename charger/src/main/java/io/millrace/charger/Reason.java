package io.millrace.charger;

import java.util.Locale;

/// Why an event in a charge could not be charged in advance, in the order in which it is checked.
enum Reason {
    /// The record is not in the wire format, or not an expanded event.
    UNREADABLE_RECORD,
    /// The event was enriched again, or retracted, after a retroactive change. Fees are charged once, as of the
    /// event: one that it has stays, and one that it would have had, had it been known in time, is not made up
    /// for. To correct either is the invoicer's.
    ENRICHED_AGAIN,
    /// The event's subscription did not become known, also after the wait.
    SUBSCRIPTION_NOT_FOUND,
    /// The revision of the plan that the event was resolved by did not become known, also after the wait.
    PLAN_NOT_FOUND,
    /// That revision has no such charge, or the charge no such filter.
    CHARGE_NOT_FOUND,
    /// The charge's price, currency, interval or time zone cannot be used.
    CHARGE_INVALID,
    /// The charge cannot be paid in advance: by its aggregation, by its model, or because it is prorated.
    NOT_PAYABLE_IN_ADVANCE,
    /// The event's value is not a decimal number within bounds, or its operation is neither add nor remove.
    VALUE_INVALID,
    /// The fee has more digits than are kept.
    AMOUNT_OUT_OF_RANGE;

    /// The code in dead letters, such as `plan_not_found`.
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
