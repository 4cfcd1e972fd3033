package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.stream.Stream;

/// What a customer gets back of a subscription fee paid in advance when the subscription ends early.
///
/// ```
///  invoiced: 31 days, 3,100 + 20 percent = 3,720
///  |── used: 15 days, 1,800 ──|── unused: 16 days, 1,600 ──|
///                        terminated
///  to give back: 1,600 + 20 percent = 1,920
/// ```
///
/// What is given back is the [UnusedCredit]. Whether that is money or credit is the [Mode]'s decision;
/// money is given back only as far as more was paid than used.
///
/// @param refundCents goes back to where the payment came from
/// @param creditCents pays later invoices
/// @param offsetCents is taken off the unpaid invoice itself
public record TerminationCredit(
        long subTotalCents, long taxesCents, long refundCents, long creditCents, long offsetCents) {

    private static final TerminationCredit NOTHING = new TerminationCredit(0, 0, 0, 0, 0);

    /// What becomes of the unused part.
    public enum Mode {
        /// All of it is credit.
        CREDIT,
        /// What was paid goes back, the rest is credit.
        REFUND,
        /// What was paid goes back, the rest is taken off the invoice.
        OFFSET,
        /// The customer gets nothing.
        SKIP
    }

    /// How far the fee was paid and used; in cents, with fractions.
    ///
    /// @param feeTotalCents the whole fee after coupons, with taxes
    /// @param invoiceTotalCents its whole invoice, with taxes, before credit notes and wallets
    /// @param paidCents of the invoice
    /// @param usedCents the fee's part for the days that were used, after coupons, with taxes
    public record Payment(
            BigDecimal feeTotalCents, BigDecimal invoiceTotalCents, BigDecimal paidCents, BigDecimal usedCents) {

        /// Refuses anything below 0: throws `IllegalArgumentException`.
        public Payment {
            if (Stream.of(feeTotalCents, invoiceTotalCents, paidCents, usedCents)
                    .anyMatch(number -> number.signum() < 0)) {
                throw new IllegalArgumentException("a terminated subscription's payment has an amount below 0");
            }
        }

        /// The fee's part of what was paid, beyond what was used; below 0 where less was paid than used.
        private Fraction ahead() {
            if (invoiceTotalCents.signum() == 0) {
                return Fraction.ZERO;
            }
            return Fraction.of(paidCents)
                    .times(Fraction.of(feeTotalCents))
                    .dividedBy(Fraction.of(invoiceTotalCents))
                    .minus(Fraction.of(usedCents));
        }
    }

    public static TerminationCredit of(UnusedCredit unused, Payment payment, Mode mode) {
        long subTotal = unused.subTotalCents();
        long taxes = unused.taxesCents();
        long total = unused.totalCents();
        long refund = payment.ahead().max(Fraction.ZERO).min(Fraction.of(total)).rounded();
        return switch (mode) {
            case CREDIT -> new TerminationCredit(subTotal, taxes, 0, total, 0);
            case REFUND -> new TerminationCredit(subTotal, taxes, refund, total - refund, 0);
            case OFFSET -> new TerminationCredit(subTotal, taxes, refund, 0, total - refund);
            case SKIP -> NOTHING;
        };
    }

    public long totalCents() {
        return subTotalCents + taxesCents;
    }
}
