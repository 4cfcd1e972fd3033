package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;

/// What a coupon takes off, and how far it reaches over the invoices of its customer.
///
/// ```
/// once, EUR 0.12          invoice of 0.05: 0.05 off, 0.07 left    of 3.00: 0.07 off, over
/// once, 20 percent        invoice of 3.00: 0.60 off, over
/// recurring, 3 invoices   one after the other, over after the third
/// forever                 every invoice
/// ```
///
/// An invoice with nothing to take off uses nothing up: neither the coupon nor one of its invoices.
///
/// @param usedCents what a fixed amount took off before: on any invoice where it is for once, in the same
///     billing period where it comes back; not negative
/// @param remainingInvoices of a recurring coupon, the next one included; not negative, others ignore it
public record CouponLife(Frequency frequency, CouponValue value, long usedCents, long remainingInvoices) {

    /// How often a coupon comes back.
    public enum Frequency {
        /// A fixed amount until it is used up; a percentage on one invoice.
        ONCE,
        /// On so many invoices.
        RECURRING,
        /// On every invoice.
        FOREVER
    }

    /// What one invoice used of a coupon.
    ///
    /// @param creditCents whole cents taken off
    /// @param isOver true where nothing is left for another invoice
    /// @param remainingInvoices of a recurring coupon; 0 for others
    public record Use(long creditCents, boolean isOver, long remainingInvoices) {}

    public CouponLife {
        if (usedCents < 0 || remainingInvoices < 0) {
            throw new IllegalArgumentException("a coupon was used less than never");
        }
    }

    /// @param baseCents what is left of the coupon's fees on the invoice
    public Use on(Fraction baseCents, String currency) {
        CouponValue left = value.less(usedCents);
        boolean isUsed = baseCents.signum() > 0 && left.appliesTo(currency);
        long credit = isUsed ? left.creditCents(baseCents) : 0;
        return switch (frequency) {
            case ONCE ->
                switch (left) {
                    case CouponValue.FixedAmount(String any, long cents) -> new Use(credit, credit == cents, 0);
                    case CouponValue.Percentage percentage -> new Use(credit, isUsed, 0);
                };
            case RECURRING -> {
                long after = Math.max(0, remainingInvoices - (isUsed ? 1 : 0));
                yield new Use(remainingInvoices == 0 ? 0 : credit, after == 0, after);
            }
            case FOREVER -> new Use(credit, false, 0);
        };
    }
}
