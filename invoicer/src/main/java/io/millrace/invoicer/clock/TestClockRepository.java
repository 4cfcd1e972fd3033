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
    Optional<TestClock> findByOrganizationIdAndId(UUID organizationId, UUID id);

    Page<TestClock> findByOrganizationIdOrderByCreatedAtDesc(UUID organizationId, Pageable page);

    /// Returns how many were set: none if the clock already shows a later time.
    @Query("update test_clocks set time = :time where id = :id and time <= :time")
    int advance(UUID id, Instant time);

    /// Subscriptions of customers on this clock that are due by it.
    @Query("""
            select count(*) from subscriptions s join customers c on c.id = s.customer_id join test_clocks t on t.id = c.test_clock_id
            where t.id = :id and s.next_billing_at <= t.time""")
    long countDue(UUID id);
}
