package io.millrace.invoicer.subscription;

import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.TransactionOperations;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.webhook.Webhooks;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of a subscription what comes with time alone: that its free days are over, and that its end is near. Each is
/// told once, in the order in which things fall due to a customer, and as late as it has to be after downtime. What
/// lay in the past when it was agreed is not told.
@Singleton
public class Notices {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

    private static final String TRIAL_ENDED = "subscription.trial_ended";
    private static final String TERMINATION_ALERT = "subscription.termination_alert";
    /// Local days before the end, as the contract has them.
    private static final List<Integer> ALERTED_BEFORE = List.of(45, 15);

    private final NoticeRepository notices;
    private final SubscriptionRepository subscriptions;
    private final SubscriptionObjects objects;
    private final Webhooks webhooks;
    private final TransactionOperations<Connection> transactions;
    private final Clocks clocks;

    Notices(
            NoticeRepository notices,
            SubscriptionRepository subscriptions,
            SubscriptionObjects objects,
            Webhooks webhooks,
            TransactionOperations<Connection> transactions,
            Clocks clocks) {
        this.notices = notices;
        this.subscriptions = subscriptions;
        this.objects = objects;
        this.webhooks = webhooks;
        this.transactions = transactions;
        this.clocks = clocks;
    }

    /// Notes what is to be told of an active subscription later than `after`, in place of what was noted before; what
    /// was due by then stays.
    @Transactional(propagation = Propagation.MANDATORY)
    void plan(Subscription subscription, Schedule schedule, Instant after) {
        forget(subscription, after);
        var trialEnds = schedule.trialEnds();
        if (trialEnds != null) plan(subscription, TRIAL_ENDED, trialEnds, after);
        var ends = subscription.endingAt();
        if (ends == null) return;
        var local = ends.atZone(schedule.fee().zone());
        for (int days : ALERTED_BEFORE) {
            plan(subscription, TERMINATION_ALERT, local.minusDays(days).toInstant(), after);
        }
    }

    /// Nothing is told any more that would be due later than `after`.
    @Transactional(propagation = Propagation.MANDATORY)
    void forget(Subscription subscription, Instant after) {
        notices.forget(subscription.id(), after);
    }

    private void plan(Subscription subscription, String webhookType, Instant dueAt, Instant after) {
        if (!dueAt.isAfter(after) || dueAt.isBefore(subscription.begins())) return;
        notices.add(UUID.randomUUID(), subscription.id(), subscription.customerId(), webhookType, dueAt);
    }

    /// Tells what is due; what goes wrong with one does not hold up others, or bills.
    ///
    /// @return how much; 0 when nothing was due
    public int tellDue() {
        int told = 0;
        for (var notice : notices.findDue(clocks.system())) {
            try {
                told += transactions.executeWrite(status -> tell(notice));
            } catch (RuntimeException e) {
                LOG.error(
                        "{} of subscription {} cannot be told; it stays due",
                        notice.webhookType(),
                        notice.subscriptionId(),
                        e);
            }
        }
        return told;
    }

    private int tell(Notice notice) {
        if (notices.take(notice.id()) == 0) return 0;
        var subscription = subscriptions.findById(notice.subscriptionId()).orElseThrow();
        webhooks.tell(
                subscription.organizationId(),
                notice.webhookType(),
                Subscriptions.RESOURCE,
                subscription.id(),
                () -> objects.of(subscription));
        return 1;
    }
}
