package io.millrace.invoicer.invoice;

import io.micronaut.transaction.TransactionOperations;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.invoice.Agreements.Agreement;
import io.millrace.invoicer.invoice.DueSubscriptions.Due;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.invoicer.progress.PipelineBehind;
import io.millrace.invoicer.progress.PipelineProgress;
import io.millrace.invoicer.progress.Watermark;
import io.millrace.invoicer.subscription.Schedule;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.subscription.Subscriptions;
import io.millrace.invoicer.usage.ChargeUsage;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.invoicer.usage.UsageQuery;
import io.millrace.rating.period.PeriodPart;
import io.millrace.rating.period.TimeSpan;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Bills what is due.
///
/// ```
///  due ─▶ begin ─▶ complete ─▶ usage ─▶ for each customer, in one transaction:
///                                        claim ─▶ rate ─▶ invoice, fees and webhook ─▶ cursor
/// ```
///
/// - **due**: subscriptions whose cursor the customer's clock has reached, the longest due first; of one customer
///   those that are due at the same time: who missed several periods is due again at the next run.
/// - **begin**: a pending subscription becomes active, before anything else that is due at that time: its
///   predecessor's last bill and its own first one meet on one invoice.
/// - **complete**: the pipeline has caught up with everything that came in before now. An invoice waits for the
///   next run where something was agreed about a subscription on it that its events do not show yet, or is agreed
///   until it is claimed: events would be of the one agreement, and prices of the other.
/// - **usage**: one question to ClickHouse for the subscriptions of one organization that share a period.
/// - **claim**: what another instance has claimed is left to it.
/// - **cursor**: moves past the period; only now is the period billed.
///
/// Whatever fails before its commit has not happened, and is due again. Whatever runs twice finds the cursor
/// moved, and would find the ids of its invoice and fees taken.
@Singleton
public class BillingRun {
    private static final Logger LOG = LoggerFactory.getLogger(BillingRun.class);

    /// Subscriptions of one run.
    private static final int MOST_DUE = 2_000;
    /// Subscriptions of one question to ClickHouse.
    private static final int MOST_ASKED = 200;
    /// Customers that are billed at a time; each holds a connection to PostgreSQL.
    private static final int WORKERS = 4;

    private final DueSubscriptions dueSubscriptions;
    private final Outbox outbox;
    private final Subscriptions subscriptions;
    private final Customers customers;
    private final Agreements agreements;
    private final PipelineProgress progress;
    private final UsageQuery usageQuery;
    private final Invoicing invoicing;
    private final TransactionOperations<Connection> transactions;
    private final Clocks clocks;
    /// So many were due in the last run and could not be billed: so many more are looked for, lest others are
    /// never found.
    private volatile int heldBack;

    BillingRun(
            DueSubscriptions dueSubscriptions,
            Outbox outbox,
            Subscriptions subscriptions,
            Customers customers,
            Agreements agreements,
            PipelineProgress progress,
            UsageQuery usageQuery,
            Invoicing invoicing,
            TransactionOperations<Connection> transactions,
            Clocks clocks) {
        this.dueSubscriptions = dueSubscriptions;
        this.outbox = outbox;
        this.subscriptions = subscriptions;
        this.customers = customers;
        this.agreements = agreements;
        this.progress = progress;
        this.usageQuery = usageQuery;
        this.invoicing = invoicing;
        this.transactions = transactions;
        this.clocks = clocks;
    }

    /// A period that subscriptions of one organization share.
    ///
    /// @param daysLeft of their customers' days; empty where no charge of theirs goes by days
    private record Period(UUID organizationId, TimeSpan span, NavigableMap<Instant, Long> daysLeft) {}

    /// What was used in a period, and how many of its events are parked.
    private record Used(Map<UUID, List<UsageLine>> lines, Map<String, Long> parked) {
        private static final Used NOTHING = new Used(Map.of(), Map.of());
    }

    /// What a customer's subscriptions that are due at the same time share.
    private record DueInvoice(UUID customerId, Instant at) {
        static DueInvoice of(Due due) {
            return new DueInvoice(due.customerId(), due.at());
        }
    }

    /// Customers with the subscriptions that were found due for them, all due at the same time.
    private record Batch(Instant dueAt, Map<UUID, List<Due>> byCustomer) {
        Stream<Due> due() {
            return byCustomer.values().stream().flatMap(List::stream);
        }
    }

    /// Bills what is due now, at most one period of each customer.
    ///
    /// @return how many subscriptions have moved on; 0 when nothing was due
    /// @throws PipelineBehind if events do not come through: nothing is billed, and all is due again
    public int run() throws PipelineBehind, InterruptedException {
        var due = firstOfEachCustomer(dueSubscriptions.find(clocks.system(), MOST_DUE + heldBack));
        if (due.isEmpty()) return 0;
        int moved = begin(due.stream().filter(Due::isPending).toList());
        var running = due.stream().filter(each -> !each.isPending()).toList();
        if (running.isEmpty()) return moved;

        var agreed = agreed(running);
        var watermark = progress.awaitCompleteness();
        var billable = billable(running, watermark);
        heldBack = running.size() - billable.size();
        for (var batch : batches(billable)) moved += bill(batch, watermark, agreed);
        return moved;
    }

    /// What each customer has to go through first.
    private static List<Due> firstOfEachCustomer(List<Due> inOrder) {
        var first = new HashMap<UUID, Instant>();
        var beginning = new HashSet<UUID>();
        for (var due : inOrder) {
            boolean isFirst =
                    first.computeIfAbsent(due.customerId(), ignored -> due.at()).equals(due.at());
            if (isFirst && due.isPending()) beginning.add(due.customerId());
        }
        return inOrder.stream()
                .filter(due -> due.at().equals(first.get(due.customerId())))
                .filter(due -> due.isPending() == beginning.contains(due.customerId()))
                .toList();
    }

    /// What the usage of each organization's subscriptions rests on, as of now.
    private Map<UUID, Map<String, Long>> agreed(List<Due> due) {
        var names = new HashMap<UUID, List<String>>();
        for (var each : due) {
            names.computeIfAbsent(each.organizationId(), ignored -> new ArrayList<>())
                    .add(each.externalId());
        }
        var agreed = new HashMap<UUID, Map<String, Long>>();
        names.forEach((organization, theirs) -> agreed.put(organization, outbox.agreements(organization, theirs)));
        return agreed;
    }

    /// True where what their usage rests on is what it was then.
    private boolean isUnchanged(List<BilledSubscription> billed, Map<UUID, Map<String, Long>> agreed) {
        var organization = billed.getFirst().subscription().organizationId();
        var names =
                billed.stream().map(each -> each.subscription().externalId()).toList();
        return agreed.getOrDefault(organization, Map.of())
                .entrySet()
                .containsAll(outbox.agreements(organization, names).entrySet());
    }

    /// Without the invoices on which the usage of a subscription is held back.
    private static List<Due> billable(List<Due> due, Watermark watermark) {
        var waiting = due.stream()
                .filter(each -> watermark.holdsBack(each.organizationId(), each.externalId(), each.at()))
                .map(DueInvoice::of)
                .collect(Collectors.toSet());
        return due.stream()
                .filter(each -> !waiting.contains(DueInvoice.of(each)))
                .toList();
    }

    private int begin(List<Due> pending) {
        int begun = 0;
        for (var due : pending) {
            begun += transactions.executeWrite(status -> {
                var claimed = subscriptions.claim(due.customerId(), due.at()).stream()
                        .filter(Subscription::isPending)
                        .toList();
                claimed.forEach(subscriptions::beginDue);
                return claimed.size();
            });
        }
        return begun;
    }

    /// What is due at the same time goes together, so that a customer's subscriptions meet on one invoice.
    private static List<Batch> batches(List<Due> due) {
        var batches = new ArrayList<Batch>();
        if (due.isEmpty()) return batches;
        var byCustomer = new LinkedHashMap<UUID, List<Due>>();
        Instant dueAt = due.getFirst().at();
        int size = 0;
        for (var each : due) {
            boolean isFull = size >= MOST_ASKED && !byCustomer.containsKey(each.customerId());
            if (!each.at().equals(dueAt) || isFull) {
                batches.add(new Batch(dueAt, Map.copyOf(byCustomer)));
                byCustomer.clear();
                dueAt = each.at();
                size = 0;
            }
            byCustomer
                    .computeIfAbsent(each.customerId(), ignored -> new ArrayList<>())
                    .add(each);
            size++;
        }
        batches.add(new Batch(dueAt, byCustomer));
        return batches;
    }

    private Map<UUID, Used> usage(Batch batch, Map<UUID, Agreement> agreements) {
        var zones = new HashMap<UUID, ZoneId>();
        customers.byId(batch.byCustomer().keySet()).forEach((id, customer) -> zones.put(id, customer.zone()));
        var charges = new HashMap<UUID, Map<UUID, ChargeUsage>>();
        agreements.forEach((plan, agreement) -> charges.put(plan, agreement.usage(batch.dueAt())));

        var answers = new HashMap<UUID, Used>();
        var asked = new LinkedHashMap<Period, List<Due>>();
        batch.due().forEach(due -> {
            if (!due.billedUntil().isBefore(due.at())) {
                answers.put(due.subscriptionId(), Used.NOTHING);
                return;
            }
            var span = new TimeSpan(due.billedUntil(), due.at());
            var zone = zones.getOrDefault(due.customerId(), ZoneOffset.UTC);
            var days = Agreement.daysLeft(charges.getOrDefault(due.planId(), Map.of()), span, zone);
            asked.computeIfAbsent(new Period(due.organizationId(), span, days), ignored -> new ArrayList<>())
                    .add(due);
        });
        asked.forEach((period, together) -> {
            var names = together.stream()
                    .map(due -> new UsageQuery.Asked(due.subscriptionId(), due.externalId()))
                    .toList();
            var theirs = new HashMap<UUID, ChargeUsage>();
            together.forEach(due -> theirs.putAll(charges.getOrDefault(due.planId(), Map.of())));
            var question = new UsageQuery.Question(
                    period.organizationId(), period.span(), period.span().to(), period.daysLeft(), theirs, names);
            var used = new Used(
                    usageQuery.usage(question), usageQuery.parked(period.organizationId(), period.span(), names));
            together.forEach(due -> answers.put(due.subscriptionId(), used));
        });
        return answers;
    }

    /// Several customers at a time: most of a bill's time is spent waiting for its commit.
    private int bill(Batch batch, Watermark watermark, Map<UUID, Map<String, Long>> agreed) {
        var terms = agreements.of(batch.due().map(Due::planId).collect(Collectors.toSet()));
        var usage = usage(batch, terms);
        try (var workers =
                Executors.newFixedThreadPool(WORKERS, Thread.ofVirtual().factory())) {
            var bills = batch.byCustomer().keySet().stream()
                    .map(customer -> CompletableFuture.supplyAsync(
                            () -> bill(customer, batch.dueAt(), terms, usage, watermark, agreed), workers))
                    .toList();
            return bills.stream().mapToInt(CompletableFuture::join).sum();
        }
    }

    /// Bills one customer; what goes wrong with one is not another's fault.
    private int bill(
            UUID customerId,
            Instant dueAt,
            Map<UUID, Agreement> terms,
            Map<UUID, Used> usage,
            Watermark watermark,
            Map<UUID, Map<String, Long>> agreed) {
        try {
            return transactions.executeWrite(status -> {
                var customer = customers.get(customerId);
                var billed = new ArrayList<BilledSubscription>();
                for (var subscription : subscriptions.claim(customerId, dueAt)) {
                    // What has become due since the watermark is left to the next run.
                    var answer = usage.get(subscription.id());
                    if (answer != null) billed.add(toBill(subscription, customer, terms, answer));
                }
                if (billed.isEmpty() || !isUnchanged(billed, agreed)) return 0;
                invoicing.issue(customer, billed, dueAt, watermark);
                for (var each : billed) {
                    subscriptions.billed(
                            each.subscription(), dueAt, each.agreement().plan(), customer.zone());
                }
                return billed.size();
            });
        } catch (RuntimeException e) {
            LOG.error("customer {} cannot be billed for what was due at {}; it stays due", customerId, dueAt, e);
            return 0;
        }
    }

    private static BilledSubscription toBill(
            Subscription subscription, Customer customer, Map<UUID, Agreement> terms, Used usage) {
        var from = subscription.billedUntil();
        var to = subscription.nextBillingAt();
        var agreement = terms.get(subscription.planId());
        if (from == null || to == null || agreement == null)
            throw new IllegalStateException("what is due has a period");
        var schedule = Schedule.of(subscription, agreement.plan().last(), customer.zone());
        boolean hasUsage = from.isBefore(to) && schedule.billsUsageAt(to);
        var period = hasUsage
                ? new PeriodPart(schedule.usage().containing(to.minusNanos(1)), from, to)
                : new PeriodPart(schedule.usage().containing(to), to, to);
        return new BilledSubscription(
                subscription,
                agreement,
                schedule,
                period,
                to.equals(subscription.end())
                        ? BilledSubscription.TERMINATING
                        : hasUsage ? BilledSubscription.PERIODIC : BilledSubscription.STARTING,
                hasUsage ? usage.lines().getOrDefault(subscription.id(), List.of()) : List.of(),
                hasUsage ? usage.parked().getOrDefault(subscription.externalId(), 0L) : 0);
    }
}
