package io.millrace.invoicer.invoice;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface InvoiceRepository extends CrudRepository<Invoice, UUID> {
    Optional<Invoice> findByOrganizationIdAndId(UUID organizationId, UUID id);

    List<Invoice> findByIdIn(Collection<UUID> ids);

    /// The number of the customer's next invoice; whoever asks waits for whoever asked before until commit.
    @Query(
            "update customers set invoices_numbered = invoices_numbered + 1 where id = :customerId returning invoices_numbered")
    int nextNumber(UUID customerId);
}
