package io.millrace.embedded;

import java.util.List;

/// A refusal of the schema registry, with the status and error code of Confluent's contract.
final class RegistryError extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final int code;

    private RegistryError(int status, int code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    int code() {
        return code;
    }

    static RegistryError noRoute() {
        return new RegistryError(404, 404, "HTTP 404 Not Found");
    }

    static RegistryError noSubject(String subject) {
        return new RegistryError(404, 40401, "Subject '%s' not found.".formatted(subject));
    }

    static RegistryError noVersion(String version) {
        return new RegistryError(404, 40402, "Version %s not found.".formatted(version));
    }

    static RegistryError noSchema(String what) {
        return new RegistryError(404, 40403, "Schema %s not found".formatted(what));
    }

    static RegistryError subjectIsSoftDeleted(String subject) {
        return new RegistryError(
                404,
                40404,
                "Subject '%s' was soft deleted. Set permanent=true to delete permanently".formatted(subject));
    }

    static RegistryError subjectIsNotSoftDeleted(String subject) {
        return new RegistryError(
                404, 40405, "Subject '%s' was not deleted first before being permanently deleted".formatted(subject));
    }

    static RegistryError versionIsSoftDeleted(String subject, int version) {
        return new RegistryError(
                404,
                40406,
                "Subject '%s' Version %d was soft deleted. Set permanent=true to delete permanently"
                        .formatted(subject, version));
    }

    static RegistryError versionIsNotSoftDeleted(String subject, int version) {
        return new RegistryError(
                404,
                40407,
                "Subject '%s' Version %d was not deleted first before being permanently deleted"
                        .formatted(subject, version));
    }

    static RegistryError noLevelOf(String subject) {
        return new RegistryError(
                404, 40408, "Subject '%s' does not have subject-level compatibility configured".formatted(subject));
    }

    static RegistryError noModeOf(String subject) {
        return new RegistryError(
                404, 40409, "Subject '%s' does not have subject-level mode configured".formatted(subject));
    }

    static RegistryError incompatible(String subject, List<String> reasons) {
        return new RegistryError(
                409,
                409,
                "Schema being registered is incompatible with an earlier schema for subject \"%s\", details: %s"
                        .formatted(subject, reasons));
    }

    static RegistryError invalidSchema(String reason) {
        return new RegistryError(422, 42201, "Invalid schema: " + reason);
    }

    static RegistryError invalidVersion(String version) {
        return new RegistryError(
                422,
                42202,
                ("The specified version '%s' is not a valid version id. Allowed values are between [1, 2^31-1]"
                                + " and the string \"latest\"")
                        .formatted(version));
    }

    static RegistryError invalidLevel(String level) {
        return new RegistryError(422, 42203, "Invalid compatibility level: " + level);
    }

    static RegistryError invalidMode(String mode) {
        return new RegistryError(422, 42204, "Invalid mode: " + mode);
    }

    static RegistryError readOnly(String subject) {
        return new RegistryError(422, 42205, "Subject %s is in read-only mode".formatted(subject));
    }

    static RegistryError malformed(String reason) {
        return new RegistryError(400, 400, reason);
    }

    static RegistryError storeUnavailable(String reason) {
        return new RegistryError(500, 50001, "Error in the backend data store: " + reason);
    }
}
