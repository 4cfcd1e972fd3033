package io.millrace.invoicer.customer;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface CustomerRepository extends CrudRepository<Customer, UUID> {
    Optional<Customer> findByOrganizationIdAndExternalIdAndDeletedAtIsNull(UUID organizationId, String externalId);

    @Query("""
            select c.* from customers c
            where c.organization_id = :organizationId and c.external_id = :externalId and c.deleted_at is null
            for update""")
    Optional<Customer> findLocked(UUID organizationId, String externalId);

    List<Customer> findByIdIn(Collection<UUID> ids);

    /// Makes whoever numbers customers of this organization wait for each other until commit.
    @Query("select 1 from pg_advisory_xact_lock(hashtextextended('customers of ' || :organizationId::text, 0))")
    int lockNumbers(UUID organizationId);

    @Query("update customers set currency = :currency where id = :id")
    void setCurrency(UUID id, String currency);

    @Query("update customers set deleted_at = :now, updated_at = :now where id = :id")
    void setDeleted(UUID id, Instant now);

    @Query("select count(*) from subscriptions where customer_id = :id")
    long countSubscriptions(UUID id);

    @Query("select distinct external_id from subscriptions where customer_id = :id order by external_id")
    List<String> findSubscriptions(UUID id);

    /// The subscriptions that go by the organization's zone.
    @Query("""
            select distinct s.external_id from subscriptions s join customers c on c.id = s.customer_id
            where c.organization_id = :organizationId and c.timezone is null order by s.external_id""")
    List<String> findSubscriptionsOfNoZone(UUID organizationId);

    @Query("""
            update customers set organization_timezone = :timezone, organization_net_payment_term = :netPaymentTerm
            where organization_id = :organizationId""")
    int setOrganizations(UUID organizationId, @Nullable String timezone, @Nullable Integer netPaymentTerm);

    /// The number of the organization's next customer. Call with [#lockNumbers] held.
    @Query("select coalesce(max(sequential_id), 0) + 1 from customers where organization_id = :organizationId")
    int nextNumber(UUID organizationId);
}
