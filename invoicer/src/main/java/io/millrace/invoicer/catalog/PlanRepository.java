package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface PlanRepository extends CrudRepository<Plan, UUID> {
    Optional<Plan> findByOrganizationIdAndCodeAndDeletedAtIsNullAndParentIdIsNull(UUID organizationId, String code);

    Page<Plan> findByOrganizationIdAndDeletedAtIsNullAndParentIdIsNullOrderByCreatedAtDesc(
            UUID organizationId, Pageable page);

    /// Gives a charge its identity, unless it has one; returns when it first came into being.
    @Query("""
            insert into charges (id, plan_id, code, billable_metric_id, created_at) values (:id, :planId, :code, :metricId, :now)
            on conflict (id) do update set code = excluded.code
            returning created_at""")
    Instant identifyCharge(UUID id, UUID planId, String code, UUID metricId, Instant now);

    /// Gives a charge filter its identity, unless it has one; returns when it first came into being.
    @Query("""
            insert into charge_filters (id, charge_id, values_hash, created_at) values (:id, :chargeId, :valuesHash, :now)
            on conflict (id) do update set values_hash = excluded.values_hash
            returning created_at""")
    Instant identifyFilter(UUID id, UUID chargeId, String valuesHash, Instant now);
}
