package io.millrace.enricher;

/// Why an event cannot be billed: the closed list, in the order in which the reasons are checked. A dead letter
/// names the first that applies.
public enum Reason {
    /// The value is not a raw event in the schema registry's wire format.
    UNREADABLE_RECORD,
    /// The record is larger than the raw topic allows.
    RECORD_TOO_LARGE,
    /// The organization id is empty or holds a slash, which would make the key ambiguous.
    ORGANIZATION_ID_INVALID,
    /// The external subscription id is empty.
    EXTERNAL_SUBSCRIPTION_ID_MISSING,
    /// The transaction id is empty: a repetition could not be told from a new event.
    TRANSACTION_ID_MISSING,
    /// The metric's code is empty.
    CODE_MISSING,
    /// The event time is before 1900 or not before 2300.
    TIMESTAMP_OUT_OF_RANGE,
    /// The record was put under its right key once and is in the wrong partition again.
    WRONG_KEY,
    /// The organization had no metric of this code at the event's time, also after the wait.
    METRIC_NOT_FOUND,
    /// No subscription of this external id was in force at the event's time, also after the wait.
    SUBSCRIPTION_NOT_FOUND,
    /// The subscription's plan was not known as of the event's time, also after the wait.
    PLAN_NOT_FOUND,
    /// The metric's expression has no result for this event: a property is absent or not a number, something is
    /// divided by zero, or the result is too long.
    EXPRESSION_FAILED,
    /// The property that the metric measures is absent or empty.
    VALUE_MISSING,
    /// The property that the metric measures is not a decimal number.
    VALUE_NOT_A_NUMBER,
    /// The property that the metric measures has more digits than are kept.
    VALUE_OUT_OF_RANGE,
    /// The `operation_type` of a unique count is neither add nor remove.
    OPERATION_UNKNOWN,
    /// The event's own price is not a decimal number within bounds.
    PRECISE_AMOUNT_INVALID;

    /// True where the same event might be billable if something else were agreed.
    boolean dependsOnAgreements() {
        return compareTo(METRIC_NOT_FOUND) >= 0;
    }

    /// The code in dead letters, such as `metric_not_found`.
    public String code() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
