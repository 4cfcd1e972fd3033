package io.millrace.invoicer.webhook;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface WebhookRepository extends CrudRepository<Webhook, UUID> {
    /// Takes due messages for a while: whoever has taken one and dies leaves it due again then.
    @Query("""
            update webhooks set next_attempt_at = :until
            where id in (select id from webhooks where next_attempt_at <= :now order by next_attempt_at limit 20 for update skip locked)
            returning *""")
    List<Webhook> take(Instant now, Instant until);
}
