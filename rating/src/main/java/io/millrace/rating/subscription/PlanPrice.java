package io.millrace.rating.subscription;

import io.millrace.rating.period.Interval;
import java.math.BigInteger;

/// What a plan asks for and how often: two plans are compared by what they ask for in a year.
///
/// ```
/// 1000 cents weekly × 52         52000
/// 4500 cents monthly × 12        54000
/// 13500 cents quarterly × 4      54000
/// 27000 cents semiannual × 2     54000
/// 54000 cents yearly             54000
/// ```
///
/// @param amountCents minor units an interval; both plans in the same currency
public record PlanPrice(long amountCents, Interval interval) {

    /// For comparison only; nobody is billed it.
    BigInteger yearlyCents() {
        int periods = switch (interval) {
            case WEEKLY -> 52;
            case MONTHLY -> 12;
            case QUARTERLY -> 4;
            case SEMIANNUAL -> 2;
            case YEARLY -> 1;
        };
        return BigInteger.valueOf(amountCents).multiply(BigInteger.valueOf(periods));
    }
}
