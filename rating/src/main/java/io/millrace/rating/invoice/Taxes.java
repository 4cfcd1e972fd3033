package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/// The taxes of an invoice, on what coupons left of its fees; or of a credit note, on what it gives back.
///
/// Everything stays exact and is rounded where it is shown: for a fee, for a tax, for the whole. So the rounded
/// parts can differ from the rounded whole by half a cent each:
///
/// ```
///            10 percent       each fee   the tax   the invoice
/// fee 55          5.5            6
/// fee 55          5.5            6          11          11
/// ```
///
/// @param applied each tax with all its fees, in the order in which the fees name them
/// @param rate percent, to 5 digits: the taxes' rates weighted by the amounts they are on; where there is
///     nothing to tax, by the number of fees they are on
public record Taxes(Map<Tax, AppliedTax> applied, BigDecimal rate) {

    private static final int RATE_DIGITS = 5;

    /// One tax with the fees that name it.
    ///
    /// @param baseCents exact; what the tax is on
    /// @param feesCount how many fees that is
    public record AppliedTax(Tax tax, Fraction baseCents, int feesCount) {

        /// Exact.
        public Fraction cents() {
            return tax.on(baseCents);
        }

        private AppliedTax plus(AppliedTax other) {
            return new AppliedTax(tax, baseCents.plus(other.baseCents), feesCount + other.feesCount);
        }

        private Fraction weight(Fraction allCents, int allCount) {
            return allCents.signum() > 0
                    ? baseCents.dividedBy(allCents)
                    : Fraction.of(feesCount).dividedBy(Fraction.of(allCount));
        }
    }

    /// @param bases fee → exact cents that its taxes are on
    static Taxes of(Map<Fee, Fraction> bases) {
        Map<Tax, AppliedTax> applied = new LinkedHashMap<>();
        bases.forEach((fee, cents) ->
                fee.taxes().forEach(tax -> applied.merge(tax, new AppliedTax(tax, cents, 1), AppliedTax::plus)));
        Fraction all = bases.values().stream().reduce(Fraction.ZERO, Fraction::plus);
        Fraction rate = applied.values().stream()
                .map(tax -> Fraction.of(tax.tax().rate()).times(tax.weight(all, bases.size())))
                .reduce(Fraction.ZERO, Fraction::plus);
        return new Taxes(applied, rate.decimal(RATE_DIGITS));
    }

    /// Exact; all taxes together.
    public Fraction cents() {
        return applied.values().stream().map(AppliedTax::cents).reduce(Fraction.ZERO, Fraction::plus);
    }
}
