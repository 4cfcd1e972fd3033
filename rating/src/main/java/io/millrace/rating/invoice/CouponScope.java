package io.millrace.rating.invoice;

import java.util.Set;

/// The fees a coupon is meant for. The narrow ones are used first, in this order.
public sealed interface CouponScope {

    /// Usage of some metrics.
    record Metrics(Set<String> codes) implements CouponScope {}

    /// Fees of some plans: of their subscriptions and of their usage.
    record Plans(Set<String> codes) implements CouponScope {}

    /// Every fee.
    record Everything() implements CouponScope {}

    default boolean includes(Fee fee) {
        return switch (this) {
            case Metrics(Set<String> codes) -> fee.metric() != null && codes.contains(fee.metric());
            case Plans(Set<String> codes) -> fee.plan() != null && codes.contains(fee.plan());
            case Everything everything -> true;
        };
    }

    /// The place in the order of use.
    default int place() {
        return switch (this) {
            case Metrics metrics -> 0;
            case Plans plans -> 1;
            case Everything everything -> 2;
        };
    }
}
