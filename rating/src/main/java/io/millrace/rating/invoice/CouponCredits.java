package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What coupons take off an invoice, before taxes.
///
/// First the coupons for some metrics, then those for some plans, then the others; each in order of creation,
/// and each on what the ones before it left of its fees.
///
/// ```
/// fee 100   EUR 0.10 off   90   20 percent off   72
/// ```
///
/// @param uses coupon → what the invoice used of it, in order of use
public record CouponCredits(Map<String, CouponLife.Use> uses, DiscountedFees fees) {

    /// @param coupons in order of creation
    static CouponCredits of(List<Coupon> coupons, DiscountedFees fees, String currency) {
        Map<String, CouponLife.Use> uses = new LinkedHashMap<>();
        DiscountedFees left = fees;
        // Stable: coupons of one place stay in order of creation.
        for (Coupon coupon : coupons.stream()
                .sorted(Comparator.comparingInt(coupon -> coupon.scope().place()))
                .toList()) {
            CouponScope scope = coupon.scope();
            Fraction base = left.leftCents(scope::includes);
            CouponLife.Use use = coupon.life().on(base, currency);
            uses.put(coupon.id(), use);
            left = left.less(use.creditCents(), scope::includes);
        }
        return new CouponCredits(uses, left);
    }

    public long totalCents() {
        return uses.values().stream().map(CouponLife.Use::creditCents).reduce(0L, Math::addExact);
    }
}
