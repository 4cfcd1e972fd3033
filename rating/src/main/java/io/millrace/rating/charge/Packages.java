package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Units are sold in packages; a package begun is a package paid. The first units may be free.
///
/// ```
/// packages of 100 at 5, 50 free:  50 units cost 0, 51 cost 5, 150 cost 5, 250 cost 10
/// ```
///
/// @param amount price of a package in major units; not negative
/// @param packageSize units in a package; whole, at least 1
/// @param freeUnits units before the first package; whole, not negative
public record Packages(BigDecimal amount, BigDecimal packageSize, BigDecimal freeUnits) implements ChargeModel {

    /// How a package amount came about.
    ///
    /// @param freeUnits units that cost nothing: those used of the free ones
    /// @param paidUnits units beyond them
    /// @param packages packages begun
    /// @param perPackageAmount price of one
    public record Details(BigDecimal freeUnits, BigDecimal paidUnits, BigDecimal packages, BigDecimal perPackageAmount)
            implements AmountDetails {}

    static Packages read(PropertyReader properties) {
        return new Packages(
                properties.amount("amount", "invalid_amount"),
                properties.whole("package_size", 1, "invalid_package_size"),
                properties.whole("free_units", 0, "invalid_free_units"));
    }

    @Override
    public String code() {
        return "package";
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        BigDecimal free = usage.units().min(freeUnits);
        BigDecimal paid = usage.units().subtract(free);
        BigDecimal packages = paid.divide(packageSize, 0, RoundingMode.CEILING);
        return Price.of(usage, packages.multiply(amount), new Details(free, paid, packages, amount));
    }
}
