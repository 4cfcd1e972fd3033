package io.millrace.rating.invoice;

/// A coupon that a customer holds.
///
/// @param id unique among the invoice's coupons
public record Coupon(String id, CouponLife life, CouponScope scope) {}
