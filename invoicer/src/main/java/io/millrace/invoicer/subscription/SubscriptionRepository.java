package io.millrace.invoicer.subscription;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

@JdbcRepository(dialect = Dialect.POSTGRES)
interface SubscriptionRepository extends CrudRepository<Subscription, UUID> {
    /// Newest first.
    List<Subscription> findByOrganizationIdAndExternalIdAndStatusInOrderByCreatedAtDesc(
            UUID organizationId, String externalId, Collection<String> statuses);

    List<Subscription> findByIdIn(Collection<UUID> ids);

    /// The subscriptions that took over from these, or will.
    @Query("select s.* from subscriptions s where s.previous_subscription_id in (:ids) and s.status <> 'canceled'")
    List<Subscription> findSuccessors(Collection<UUID> ids);

    /// When the customer's first subscription of this external id started.
    @Query("select min(started_at) from subscriptions where customer_id = :customerId and external_id = :externalId")
    Optional<Instant> firstStart(UUID customerId, String externalId);

    /// Newest first. A parameter that is null lets everything pass.
    ///
    /// @param overridden whether the plan is the subscription's own
    @Query(value = """
            select s.* from subscriptions s join plans p on p.id = s.plan_id join customers c on c.id = s.customer_id
            where s.organization_id = :organizationId and s.status in (:statuses)
                and (cast(:externalCustomerId as text) is null or (c.external_id = :externalCustomerId and c.deleted_at is null))
                and (cast(:externalId as text) is null or s.external_id = :externalId)
                and (cast(:planCode as text) is null or p.code = :planCode)
                and (cast(:overridden as boolean) is null or (p.parent_id is not null) = :overridden)
            order by s.created_at desc, s.id desc""", countQuery = """
            select count(*) from subscriptions s join plans p on p.id = s.plan_id join customers c on c.id = s.customer_id
            where s.organization_id = :organizationId and s.status in (:statuses)
                and (cast(:externalCustomerId as text) is null or (c.external_id = :externalCustomerId and c.deleted_at is null))
                and (cast(:externalId as text) is null or s.external_id = :externalId)
                and (cast(:planCode as text) is null or p.code = :planCode)
                and (cast(:overridden as boolean) is null or (p.parent_id is not null) = :overridden)""")
    Page<Subscription> find(
            UUID organizationId,
            Collection<String> statuses,
            @Nullable String externalCustomerId,
            @Nullable String externalId,
            @Nullable String planCode,
            @Nullable Boolean overridden,
            Pageable page);

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
