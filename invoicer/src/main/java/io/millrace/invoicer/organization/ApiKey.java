package io.millrace.invoicer.organization;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A key by which an organization's programs speak. The key itself is known to them alone.
///
/// @param keyHash lower-case hex SHA-256 of the key. Nothing slower is needed: a hash is slow to make guessing
/// slow, and nobody guesses 256 random bits
/// @param permissions JSON list; null is everything
/// @param lastCharacters of the key; null if it was made before they were kept, or too short to show some
/// @param lastUsedAt by the control plane, to the minute; null is never
/// @param expiresAt from then on the key is refused; null is never
@MappedEntity("api_keys")
record ApiKey(
        @Id UUID id,
        UUID organizationId,
        String keyHash,
        @Nullable String name,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb") @Nullable
        String permissions,

        @Nullable String lastCharacters,
        @Nullable Instant lastUsedAt,
        @Nullable Instant expiresAt,
        Instant createdAt) {

    Permissions permitted() {
        return Permissions.stored(permissions);
    }

    boolean isActive(Instant now) {
        return expiresAt == null || now.isBefore(expiresAt);
    }

    /// True if it can manage keys for good.
    boolean isManaging() {
        return expiresAt == null && permitted().allow(Resource.API_KEY, "write");
    }

    ApiKey endedAt(Instant end) {
        return new ApiKey(id, organizationId, keyHash, name, permissions, lastCharacters, lastUsedAt, end, createdAt);
    }
}
