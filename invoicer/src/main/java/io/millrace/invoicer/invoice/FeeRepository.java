package io.millrace.invoicer.invoice;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface FeeRepository extends CrudRepository<Fee, UUID> {
    Optional<Fee> findByOrganizationIdAndId(UUID organizationId, UUID id);

    List<Fee> findByInvoiceIdOrderByPosition(UUID invoiceId);

    List<Fee> findByInvoiceIdInOrderByPosition(Collection<UUID> invoiceIds);

    /// What adds to these fees up to their charges' minimums.
    List<Fee> findByTrueUpParentFeeIdIn(Collection<UUID> feeIds);
}
