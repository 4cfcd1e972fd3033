package io.millrace.invoicer.clock;

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
interface TestClockRepository extends CrudRepository<TestClock, UUID> {
    Optional<TestClock> findByOrganizationIdAndIdAndDeletedAtIsNull(UUID organizationId, UUID id);

    /// One that stays until the transaction ends.
    @Query("""
            select t.* from test_clocks t
            where t.organization_id = :organizationId and t.id = :id and t.deleted_at is null for share""")
    Optional<TestClock> findHeld(UUID organizationId, UUID id);

    Page<TestClock> findByOrganizationIdAndDeletedAtIsNullOrderByCreatedAtDesc(UUID organizationId, Pageable page);

    /// Returns how many were set: none if the clock already shows a later time.
    @Query("update test_clocks set time = :time where id = :id and time <= :time")
    int advance(UUID id, Instant time);

    /// Waits for whoever holds the clock.
    @Query("update test_clocks set deleted_at = :now where id = :id")
    void setDeleted(UUID id, Instant now);

    @Query("select count(*) from customers where test_clock_id = :id and deleted_at is null")
    long countCustomers(UUID id);

    /// What is due by this clock to customers on it: bills, and notices.
    @Query("""
            select (select count(*) from subscriptions s join customers c on c.id = s.customer_id
                    where c.test_clock_id = t.id and s.next_billing_at <= t.time)
                 + (select count(*) from subscription_notices n join customers c on c.id = n.customer_id
                    where c.test_clock_id = t.id and n.due_at <= t.time)
            from test_clocks t where t.id = :id""")
    long countDue(UUID id);
}
