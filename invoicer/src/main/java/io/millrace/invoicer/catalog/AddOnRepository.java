package io.millrace.invoicer.catalog;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface AddOnRepository extends CrudRepository<AddOn, UUID> {
    Optional<AddOn> findByOrganizationIdAndCodeAndDeletedAtIsNull(UUID organizationId, String code);

    Page<AddOn> findByOrganizationIdAndDeletedAtIsNullOrderByCreatedAtDesc(UUID organizationId, Pageable page);
}
