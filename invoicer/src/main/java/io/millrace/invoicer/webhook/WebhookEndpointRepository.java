package io.millrace.invoicer.webhook;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface WebhookEndpointRepository extends CrudRepository<WebhookEndpoint, UUID> {
    Optional<WebhookEndpoint> findByOrganizationIdAndId(UUID organizationId, UUID id);

    List<WebhookEndpoint> findByOrganizationId(UUID organizationId);

    /// Makes whoever changes this organization's endpoints wait for each other until commit.
    @Query("select 1 from pg_advisory_xact_lock(hashtextextended('webhook endpoints of ' || :organizationId::text, 0))")
    int lock(UUID organizationId);

    Page<WebhookEndpoint> findByOrganizationIdOrderByCreatedAtDesc(UUID organizationId, Pageable page);
}
