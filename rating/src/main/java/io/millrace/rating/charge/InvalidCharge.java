package io.millrace.rating.charge;

import java.util.List;
import java.util.Map;

/// A charge's model or properties cannot be used; says every violation at once, in the API's codes, such as
/// `{amount=[invalid_amount], package_size=[invalid_package_size]}`.
public final class InvalidCharge extends IllegalArgumentException {

    private final Map<String, List<String>> violations;

    InvalidCharge(Map<String, List<String>> violations) {
        super("Invalid charge: " + violations);
        this.violations = violations;
    }

    /// Field of the API → codes, in the order of the fields; never empty.
    public Map<String, List<String>> violations() {
        return violations;
    }
}
