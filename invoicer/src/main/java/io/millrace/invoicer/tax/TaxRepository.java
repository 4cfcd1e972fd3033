package io.millrace.invoicer.tax;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface TaxRepository extends CrudRepository<Tax, UUID> {
    Optional<Tax> findByOrganizationIdAndCode(UUID organizationId, String code);

    List<Tax> findByOrganizationIdOrderByCreatedAt(UUID organizationId);

    Page<Tax> findByOrganizationIdOrderByCreatedAtDesc(UUID organizationId, Pageable page);
}
