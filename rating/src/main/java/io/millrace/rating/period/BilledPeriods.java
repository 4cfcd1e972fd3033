package io.millrace.rating.period;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a billing run bills of a subscription, and what its invoice names.
///
/// @param fee the period of the plan's own fee; from the beginning of the local day on which the subscription
/// started, for days are what is paid
/// @param isFeeDue false where the fee's period is named only: it is paid already, or charges are billed
/// monthly and the fee is not
/// @param charges usage, from the instant at which the subscription started; null is not billed on this run
/// @param fixedCharges add-ons; likewise
/// @param days of the whole period by which a day's price is computed: of the fee's, or of the month where
/// anything is billed monthly
public record BilledPeriods(
        PeriodPart fee,
        boolean isFeeDue,
        @Nullable PeriodPart charges,
        @Nullable PeriodPart fixedCharges,
        int days) {

    /// The same, where a previous invoice has billed charges until then: [PeriodPart#continuing].
    ///
    /// @param chargesUntil exclusive; null for no previous invoice
    /// @param fixedChargesUntil likewise
    public BilledPeriods continuing(@Nullable Instant chargesUntil, @Nullable Instant fixedChargesUntil) {
        return new BilledPeriods(
                fee,
                isFeeDue,
                charges == null ? null : charges.continuing(chargesUntil),
                fixedCharges == null ? null : fixedCharges.continuing(fixedChargesUntil),
                days);
    }
}
