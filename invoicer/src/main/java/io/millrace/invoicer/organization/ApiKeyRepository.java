package io.millrace.invoicer.organization;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface ApiKeyRepository extends CrudRepository<ApiKey, UUID> {
    Optional<ApiKey> findByKeyHash(String keyHash);

    Optional<ApiKey> findByOrganizationIdAndId(UUID organizationId, UUID id);

    List<ApiKey> findByOrganizationId(UUID organizationId);

    @Query(value = """
            select k.* from api_keys k
            where k.organization_id = :organizationId and (k.expires_at is null or k.expires_at > :now)
            order by k.created_at desc, k.id""", countQuery = """
            select count(*) from api_keys k
            where k.organization_id = :organizationId and (k.expires_at is null or k.expires_at > :now)""")
    Page<ApiKey> findActive(UUID organizationId, Instant now, Pageable page);

    /// Only these two, so that the use of a key that is noted meanwhile is not lost, nor its end.
    @Query("update api_keys set name = :name, permissions = :permissions::jsonb where id = :id")
    void change(UUID id, @Nullable String name, @Nullable String permissions);

    @Query("update api_keys set expires_at = :end where id = :id")
    void end(UUID id, Instant end);

    @Query("update api_keys set last_used_at = :now where id = :id and (last_used_at is null or last_used_at < :now)")
    void used(UUID id, Instant now);

    /// Makes whoever changes keys of this organization wait for each other until commit.
    @Query("select 1 from pg_advisory_xact_lock(hashtextextended('keys of ' || :organizationId::text, 0))")
    int lockKeys(UUID organizationId);
}
