package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface BillableMetricRepository extends CrudRepository<BillableMetric, UUID> {
    Optional<BillableMetric> findByOrganizationIdAndCodeAndDeletedAtIsNull(UUID organizationId, String code);

    /// With those that were deleted, in the order of their lives.
    List<BillableMetric> findByOrganizationIdAndCodeOrderByCreatedAt(UUID organizationId, String code);

    /// True if a plan has, or had, a charge for it.
    @Query("select exists (select 1 from charges where billable_metric_id = :id)")
    boolean isPriced(UUID id);

    List<BillableMetric> findByOrganizationIdAndIdIn(UUID organizationId, Collection<UUID> ids);

    Page<BillableMetric> findByOrganizationIdAndDeletedAtIsNullOrderByCreatedAtDesc(UUID organizationId, Pageable page);
}
