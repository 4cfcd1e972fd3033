package io.millrace.invoicer.catalog;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface BillableMetricRevisionRepository extends CrudRepository<BillableMetricRevision, UUID> {
    List<BillableMetricRevision> findByBillableMetricIdInOrderByRevision(Collection<UUID> billableMetricIds);
}
