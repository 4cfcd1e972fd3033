package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A line of an invoice before anything is taken off it, such as 1,000 cents of usage taxed at 20 percent.
///
/// @param id unique on the invoice
/// @param amountCents minor units, not negative
/// @param preciseAmountCents the same before it was rounded; only precise taxes look at it
/// @param taxes they add up, none is taxed itself; one of a code
/// @param plan code; null where the fee belongs to no plan
/// @param metric code; null where the fee is no usage
public record Fee(
        String id,
        FeeKind kind,
        long amountCents,
        BigDecimal preciseAmountCents,
        List<Tax> taxes,
        @Nullable String plan,
        @Nullable String metric) {

    public Fee {
        if (amountCents < 0 || preciseAmountCents.signum() < 0) {
            throw new IllegalArgumentException("the amount of fee \"%s\" is negative".formatted(id));
        }
        if (taxes.stream().map(Tax::code).distinct().count() < taxes.size()) {
            throw new IllegalArgumentException("fee \"%s\" has a tax twice".formatted(id));
        }
        taxes = List.copyOf(taxes);
    }

    /// Percent; the taxes added up.
    public BigDecimal taxesRate() {
        return taxes.stream().map(Tax::rate).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /// Exact cents.
    Fraction taxesOn(Fraction baseCents) {
        return taxes.stream().map(tax -> tax.on(baseCents)).reduce(Fraction.ZERO, Fraction::plus);
    }
}
