package io.millrace.invoicer.organization;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface OrganizationRepository extends CrudRepository<Organization, UUID> {
    @Query("select o.* from organizations o where o.id = :id for update")
    Organization findLocked(UUID id);

    @Query("select o.* from organizations o where o.id = :id for share")
    Organization findHeld(UUID id);
}
