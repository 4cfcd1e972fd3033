package io.millrace.invoicer.organization;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A key by which an organization's programs speak. The key itself is known to them alone.
///
/// @param keyHash lower-case hex SHA-256 of the key
/// @param expiresAt from then on the key is refused; null is never
@MappedEntity("api_keys")
record ApiKey(
        @Id UUID id,
        UUID organizationId,
        String keyHash,
        @Nullable Instant expiresAt,
        Instant createdAt) {}
