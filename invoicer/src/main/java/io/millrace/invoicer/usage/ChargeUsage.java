package io.millrace.invoicer.usage;

/// How a charge's usage is asked for: what its price needs, and no more. Each charge is asked for in one statement.
///
/// @param carriesOver true where what came before the period counts too
/// @param countsTexts true where texts are counted, and not decimals added up
public record ChargeUsage(Needs needs, boolean carriesOver, boolean countsTexts) {

    /// What the price depends on.
    public enum Needs {
        /// Totals in any order, by a plain scan: `usage.sql`.
        TOTALS,
        /// How long each value is held, to the microsecond: `usage_held.sql`.
        TIME_HELD,
        /// For how many of the customer's days each value is held: `usage_held.sql`.
        DAYS_HELD,
        /// On how many of the customer's days each text is present: `usage_text_days.sql`.
        DAYS_OF_TEXTS,
        /// Every event, in order: `usage_events.sql`.
        EVENTS
    }

    /// True where the customer's days decide.
    public boolean isByDay() {
        return needs == Needs.DAYS_HELD || needs == Needs.DAYS_OF_TEXTS;
    }
}
