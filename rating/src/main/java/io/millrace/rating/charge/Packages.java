package io.millrace.rating.charge;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

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
    /// @param freeUnits the charge's free units, used or not
    /// @param paidUnits units beyond them; not negative
    /// @param packages packages begun
    /// @param packageSize units in one
    /// @param perPackageAmount price of one, major units
    public record Details(
            BigDecimal freeUnits,
            BigDecimal paidUnits,
            BigDecimal packages,
            BigDecimal packageSize,
            BigDecimal perPackageAmount)
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
    public Map<String, Object> properties() {
        return Map.of("amount", Quantity.print(amount), "package_size", packageSize, "free_units", freeUnits);
    }

    /// The unit amount is that of a paid unit.
    @Override
    public Price priceOfUnits(Usage usage) {
        BigDecimal paid = usage.units().subtract(freeUnits).max(BigDecimal.ZERO);
        BigDecimal packages = paid.divide(packageSize, 0, RoundingMode.CEILING);
        return Price.of(
                usage, packages.multiply(amount), paid, new Details(freeUnits, paid, packages, packageSize, amount));
    }
}
