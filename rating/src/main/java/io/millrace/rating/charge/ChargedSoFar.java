package io.millrace.rating.charge;

import io.millrace.rating.money.CurrencyUnit;
import java.math.BigDecimal;

/// What a charge that is paid in advance has charged in a period: event after event, each fee is what the
/// price of the usage grew by, so that the fees add up to the period's price.
///
/// ```
/// 0.004 a unit, one unit an event    price so far   charged so far   fee
///                                    0.004          EUR 0.00         0
///                                    0.008          EUR 0.01         1 cent
///                                    0.012          EUR 0.01         0
/// ```
///
/// The part of a cent that rounding left out of one fee is carried into the next. Only usage above the
/// highest level yet is charged: going down gives nothing back, and coming up again to where one was costs
/// nothing.
///
/// @param units the level now: all contributions added up, of any sign
/// @param paidUnits the highest level that was charged; not negative
/// @param paidEvents events up to that level, as the model counts them
/// @param preciseAmount the unrounded fees added up, major units; not negative
/// @param amountCents the fees added up, minor units; always `preciseAmount` rounded
public record ChargedSoFar(
        BigDecimal units, BigDecimal paidUnits, long paidEvents, BigDecimal preciseAmount, long amountCents) {

    /// Before the period's first event.
    public static final ChargedSoFar NOTHING =
            new ChargedSoFar(BigDecimal.ZERO, BigDecimal.ZERO, 0, BigDecimal.ZERO, 0);

    /// The fee of one event.
    ///
    /// @param units units charged; 0 where the level stays below one that was charged
    /// @param preciseAmount major units, unrounded
    /// @param amountCents minor units, carrying what earlier fees left out
    /// @param after what is charged with this fee
    public record Fee(BigDecimal units, BigDecimal preciseAmount, long amountCents, ChargedSoFar after) {}

    /// Charges one more event at the prices of `model`. These may be others than before, after a price
    /// change: what was charged stays, and usage from here on costs its share at the new price.
    ///
    /// @param contribution what the event changes the units by, of any sign
    /// @throws ArithmeticException where the sum of fees does not fit a `long` of minor units
    public Fee charge(ChargeModel model, CurrencyUnit currency, BigDecimal contribution) {
        BigDecimal level = units.add(contribution);
        BigDecimal highest = level.max(paidUnits);
        long events = paidEvents + 1;
        // Without an event nothing is due, not even the first tier's flat amount.
        BigDecimal before = paidEvents == 0
                ? BigDecimal.ZERO
                : model.price(Usage.of(paidUnits, paidEvents)).amount();
        BigDecimal grown = model.price(Usage.of(highest, events)).amount().subtract(before);
        BigDecimal precise = preciseAmount.add(grown);
        long cents = currency.cents(precise);
        return new Fee(
                highest.subtract(paidUnits),
                grown,
                Math.subtractExact(cents, amountCents),
                new ChargedSoFar(level, highest, events, precise, cents));
    }
}
