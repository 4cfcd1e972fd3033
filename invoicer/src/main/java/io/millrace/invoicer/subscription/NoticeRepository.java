package io.millrace.invoicer.subscription;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface NoticeRepository extends GenericRepository<Notice, UUID> {
    @Query("""
            insert into subscription_notices (id, subscription_id, customer_id, webhook_type, due_at)
            values (:id, :subscriptionId, :customerId, :webhookType, :dueAt)
            on conflict (subscription_id, webhook_type, due_at) do nothing""")
    void add(UUID id, UUID subscriptionId, UUID customerId, String webhookType, Instant dueAt);

    @Query("delete from subscription_notices where subscription_id = :subscriptionId and due_at > :after")
    void forget(UUID subscriptionId, Instant after);

    /// Due by the customer's clock, where nothing that was due to that customer before is still to be done.
    @Query("""
            select n.* from subscription_notices n join customers c on c.id = n.customer_id
            where c.test_clock_id is null and n.due_at <= :systemNow
              and not exists (select 1 from subscriptions s where s.customer_id = n.customer_id and s.next_billing_at < n.due_at)
            union all
            select n.* from test_clocks t join customers c on c.test_clock_id = t.id join subscription_notices n on n.customer_id = c.id
            where n.due_at <= t.time
              and not exists (select 1 from subscriptions s where s.customer_id = n.customer_id and s.next_billing_at < n.due_at)
            order by due_at
            limit 1000""")
    List<Notice> findDue(Instant systemNow);

    /// Returns 0 where another instance has taken it.
    @Query("delete from subscription_notices where id = :id")
    int take(UUID id);
}
