package io.millrace.rating.period;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a billing run bills of a subscription. Null is not billed on this run: with charges that are billed
/// monthly, most runs of a yearly plan bill no fee.
///
/// @param fee the plan's own fee; from the beginning of the local day on which the subscription started,
/// for days are what is paid
/// @param charges usage; from the instant at which the subscription started
/// @param fixedCharges add-ons; likewise
/// @param days of the whole period by which a day's price is computed: of the fee's, or of the month where
/// anything is billed monthly
public record BilledPeriods(
        @Nullable PeriodPart fee,
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
                charges == null ? null : charges.continuing(chargesUntil),
                fixedCharges == null ? null : fixedCharges.continuing(fixedChargesUntil),
                days);
    }
}
