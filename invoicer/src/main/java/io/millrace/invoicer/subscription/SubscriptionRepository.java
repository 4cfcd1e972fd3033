package io.millrace.invoicer.subscription;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface SubscriptionRepository extends CrudRepository<Subscription, UUID> {
    /// Newest first.
    List<Subscription> findByOrganizationIdAndExternalIdAndStatusInOrderByCreatedAtDesc(
            UUID organizationId, String externalId, Collection<String> statuses);

    List<Subscription> findByIdIn(Collection<UUID> ids);

    /// Locks what a customer has pending or active.
    @Query("""
            select s.* from subscriptions s
            where s.customer_id = :customerId and s.status in ('pending', 'active')
            order by s.created_at, s.id
            for update""")
    List<Subscription> lockInForceOf(UUID customerId);

    /// The subscriptions that took over from these, or will.
    @Query("select s.* from subscriptions s where s.previous_subscription_id in (:ids) and s.status <> 'canceled'")
    List<Subscription> findSuccessors(Collection<UUID> ids);

    /// When the customer's first subscription of this external id started.
    @Query("select min(started_at) from subscriptions where customer_id = :customerId and external_id = :externalId")
    Optional<Instant> firstStart(UUID customerId, String externalId);

    /// Locks what is pending or active under an external id until the transaction ends.
    @Query("""
            select s.* from subscriptions s
            where s.organization_id = :organizationId and s.external_id = :externalId and s.status in ('pending', 'active')
            order by s.created_at, s.id
            for update""")
    List<Subscription> lockInForce(UUID organizationId, String externalId);

    /// Locks the customer's subscriptions that are due at exactly that time; those that another instance has
    /// locked are left out.
    @Query("""
            select s.* from subscriptions s
            where s.customer_id = :customerId and s.next_billing_at = :dueAt
            order by s.created_at, s.id
            for update skip locked""")
    List<Subscription> claim(UUID customerId, Instant dueAt);
}
