package io.millrace.invoicer.organization;

import java.util.UUID;

/// Who makes a request: every query of its answer is held to the organization.
///
/// @param permissions of the key
public record Caller(UUID organizationId, UUID apiKeyId, Permissions permissions) {}
