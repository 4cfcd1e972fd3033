package io.millrace.calculator;

/// A case that has no result. The code is for programs, the message names the field and the reason.
final class Refusal extends RuntimeException {

    private final String code;

    Refusal(String code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /// A field that must be there is not.
    static Refusal missing(String field) {
        return new Refusal("value_is_mandatory", field + ": is missing");
    }

    /// A field is not what it should be.
    static Refusal invalid(String field, String reason) {
        return new Refusal("value_is_invalid", field + ": " + reason);
    }

    String code() {
        return code;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
