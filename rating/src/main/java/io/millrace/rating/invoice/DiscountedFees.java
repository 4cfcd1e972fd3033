package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// The fees of an invoice on their way from progressive credit through coupons to taxes.
///
/// What is taken off is spread over the fees that it is meant for, pro rata to what is left of each, and stays
/// exact: the parts add up to the whole, and two credits in a row take what their sum would.
///
/// ```
/// 1,000 cents off 1,000 and 2,000:   1000/3 and 2000/3
/// ```
public record DiscountedFees(List<DiscountedFee> list) {

    public DiscountedFees {
        list = List.copyOf(list);
    }

    static DiscountedFees of(List<Fee> fees) {
        return new DiscountedFees(
                fees.stream().map(fee -> new DiscountedFee(fee, Fraction.ZERO)).toList());
    }

    /// Exact cents that are left of these fees together.
    Fraction leftCents(Predicate<Fee> these) {
        return list.stream()
                .filter(discounted -> these.test(discounted.fee()))
                .map(DiscountedFee::leftCents)
                .reduce(Fraction.ZERO, Fraction::plus);
    }

    /// Fee → exact cents that are left of it.
    Map<Fee, Fraction> leftCents() {
        Map<Fee, Fraction> left = new LinkedHashMap<>();
        list.forEach(discounted -> left.put(discounted.fee(), discounted.leftCents()));
        return left;
    }

    /// @param cents at most what is left of these fees
    DiscountedFees less(long cents, Predicate<Fee> these) {
        if (cents == 0) {
            return this;
        }
        Fraction share = Fraction.of(cents).dividedBy(leftCents(these));
        return new DiscountedFees(list.stream()
                .map(discounted -> these.test(discounted.fee())
                        ? new DiscountedFee(
                                discounted.fee(),
                                discounted
                                        .discountCents()
                                        .plus(discounted.leftCents().times(share)))
                        : discounted)
                .toList());
    }
}
