package io.millrace.rating.charge;

import io.millrace.rating.aggregation.BilledLevel;
import io.millrace.rating.charge.Usage.EventUnits;
import io.millrace.rating.money.CurrencyUnit;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

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
/// The part of a cent that rounding left out of one fee is carried into the next; unlike Lago, which rounds
/// each fee by itself. Only usage above the highest level yet is charged: going down gives nothing back, and
/// coming up again to where one was costs nothing. So does a price that a producer sets himself.
///
/// The totals are enough for every model that [ChargeTerms] lets be paid in advance, percentages with free
/// units, free events and bounds among them: no event is kept.
///
/// @param units contributions of the events, added up, and the highest level of that: what is charged
/// @param stated prices that producers set themselves, in the same way, major units; 0 where they set none
/// @param events how many events there were; not negative
/// @param preciseAmount the unrounded fees added up, major units; not negative
/// @param amountCents the fees added up, minor units; always `preciseAmount` rounded
public record ChargedSoFar(
        BilledLevel units, BilledLevel stated, long events, BigDecimal preciseAmount, long amountCents) {

    /// Before the period's first event.
    public static final ChargedSoFar NOTHING =
            new ChargedSoFar(BilledLevel.NOTHING, BilledLevel.NOTHING, 0, BigDecimal.ZERO, 0);

    /// Digits of the one division: the prorated part of units that an event is charged in part.
    private static final MathContext SHARE = new MathContext(60, RoundingMode.HALF_UP);

    /// The fee of one event.
    ///
    /// @param units units charged, before proration; 0 where the level stays below one that was charged
    /// @param preciseAmount major units, unrounded
    /// @param amountCents minor units, carrying what earlier fees left out
    /// @param details how `preciseAmount` came about
    /// @param after what is charged with this fee
    public record Fee(
            BigDecimal units, BigDecimal preciseAmount, long amountCents, AmountDetails details, ChargedSoFar after) {}

    /// Charges one more event at the prices of `model`. These may be others than before, after a price
    /// change: what was charged stays, and usage from here on costs its share at the new price.
    ///
    /// @param contribution what the event changes the units by, of any sign
    /// @throws ArithmeticException where the sum of fees does not fit a `long` of minor units
    public Fee charge(ChargeModel model, CurrencyUnit currency, BigDecimal contribution) {
        return charge(model, currency, EventUnits.of(contribution), BigDecimal.ZERO);
    }

    /// The same with what only some charges know of an event.
    ///
    /// @param contribution what the event changes the units by, of any sign; prorated for a standard price only,
    /// where a unit costs the same whatever came before it
    /// @param statedAmount the price that the event's producer set, major units, of any sign; for dynamic charges
    /// @throws ArithmeticException where the sum of fees does not fit a `long` of minor units
    public Fee charge(ChargeModel model, CurrencyUnit currency, EventUnits contribution, BigDecimal statedAmount) {
        BilledLevel unitsAfter = units.after(contribution.full());
        BilledLevel statedAfter = stated.after(statedAmount);
        BigDecimal charged = unitsAfter.since(units);
        Price price = model.priceOfNext(
                Usage.of(units.highest(), events, stated.highest()),
                Usage.of(units.highest().add(prorated(charged, contribution)), events + 1, statedAfter.highest()));
        BigDecimal precise = preciseAmount.add(price.amount());
        long cents = currency.cents(precise);
        return new Fee(
                charged,
                price.amount(),
                Math.subtractExact(cents, amountCents),
                price.details(),
                new ChargedSoFar(unitsAfter, statedAfter, events + 1, precise, cents));
    }

    private static BigDecimal prorated(BigDecimal charged, EventUnits contribution) {
        if (charged.signum() == 0 || contribution.full().compareTo(contribution.prorated()) == 0) {
            return charged;
        }
        return contribution.prorated().multiply(charged).divide(contribution.full(), SHARE);
    }
}
