package io.millrace.invoicer.catalog;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.outbox.ConfigurationTopic;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.invoicer.tax.Taxes;
import io.millrace.invoicer.webhook.Webhooks;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/// The organizations' plans, with what each cost from when to when.
@Singleton
public class Plans implements ConfigurationTopic {
    static final String RESOURCE = "plan";

    private final PlanRepository plans;
    private final PlanRevisionRepository revisions;
    private final BillableMetrics metrics;
    private final Taxes taxes;
    private final Webhooks webhooks;
    private final Outbox outbox;
    private final Clocks clocks;

    Plans(
            PlanRepository plans,
            PlanRevisionRepository revisions,
            BillableMetrics metrics,
            Taxes taxes,
            Webhooks webhooks,
            Outbox outbox,
            Clocks clocks) {
        this.plans = plans;
        this.revisions = revisions;
        this.metrics = metrics;
        this.taxes = taxes;
        this.webhooks = webhooks;
        this.outbox = outbox;
        this.clocks = clocks;
    }

    @Transactional
    PlanHistory create(UUID organization, Fields fields) {
        var code = fields.requiredName("code");
        var name = fields.requiredName("name");
        var terms = PlanTerms.read(fields, null, known(organization, PlanTerms.metricIds(fields)));
        if (plans.findByOrganizationIdAndCodeAndDeletedAtIsNullAndParentIdIsNull(organization, code)
                .isPresent()) {
            fields.violated("code", "value_already_exist");
        }
        terms.checkCommitment(fields, null);
        fields.refuseViolations();
        var now = clocks.system();
        var plan = plans.save(new Plan(
                UUID.randomUUID(),
                organization,
                null,
                code,
                name,
                fields.text("invoice_display_name"),
                fields.text("description"),
                now,
                null));
        publish(plan);
        // Since ever: usage may be older than the plan.
        var revision = revisions.save(revision(plan, 1, null, terms, Optional.empty(), now));
        return tell("plan.created", new PlanHistory(plan, List.of(revision)));
    }

    @Transactional
    PlanHistory update(UUID organization, String code, Fields fields) {
        var plan = get(organization, code);
        publish(plan);
        var name = fields.has("name") ? fields.requiredName("name") : plan.name();
        if (fields.isPresent("code") && !code.equals(fields.text("code"))) fields.violated("code", "value_is_invalid");
        // Subscriptions with a plan of their own would have to take it over.
        if (fields.flag("cascade_updates", false)) fields.violated("cascade_updates", "feature_unavailable");
        var known = known(organization, PlanTerms.metricIds(fields));
        revise(plan, fields, before -> PlanTerms.read(fields, before, known));
        plans.update(new Plan(
                plan.id(),
                organization,
                null,
                code,
                name,
                fields.has("invoice_display_name") ? fields.text("invoice_display_name") : plan.invoiceDisplayName(),
                fields.has("description") ? fields.text("description") : plan.description(),
                plan.createdAt(),
                null));
        return tell("plan.updated", history(plan.id()));
    }

    /// Changes a plan's charges from now on.
    ///
    /// @param fields of the request, which it is refused by
    @Transactional
    PlanHistory changeCharges(UUID organization, String code, Fields fields, UnaryOperator<List<ChargeTerms>> change) {
        var plan = get(organization, code);
        publish(plan);
        revise(plan, fields, before -> before.with(change.apply(before.charges())));
        return tell("plan.updated", history(plan.id()));
    }

    /// Gives a plan other terms from now on. Publish it first: then changes of one plan wait for each other.
    private void revise(Plan plan, Fields fields, UnaryOperator<PlanTerms> change) {
        var history = history(plan.id());
        var last = history.last();
        var before = PlanTerms.of(last);
        var terms = change.apply(before);
        terms.checkCommitment(fields, history);
        fields.refuseViolations();
        if (terms.isSame(before)) return;
        var now = clocks.system();
        revisions.update(PlanTerms.ended(last, now));
        revisions.save(revision(plan, last.revision() + 1, now, terms, last.commitment(), now));
    }

    @Transactional
    PlanHistory delete(UUID organization, String code) {
        var plan = get(organization, code);
        publish(plan);
        var now = clocks.system();
        revisions.update(PlanTerms.ended(history(plan.id()).last(), now));
        plans.update(new Plan(
                plan.id(),
                organization,
                null,
                code,
                plan.name(),
                plan.invoiceDisplayName(),
                plan.description(),
                plan.createdAt(),
                now));
        return tell("plan.deleted", history(plan.id()));
    }

    private PlanHistory tell(String webhookType, PlanHistory history) {
        var plan = history.plan();
        webhooks.tell(plan.organizationId(), webhookType, RESOURCE, plan.id(), () -> shown(history));
        return history;
    }

    /// As the API shows it.
    public PlanObject shown(PlanHistory history) {
        return PlanObject.of(history, taxes.of(history.plan().organizationId()));
    }

    PlanHistory find(UUID organization, String code) {
        return history(get(organization, code).id());
    }

    /// The organization's plan of this code; empty if there is none, or not any more.
    @Transactional
    public Optional<PlanHistory> byCode(UUID organization, String code) {
        return plans.findByOrganizationIdAndCodeAndDeletedAtIsNullAndParentIdIsNull(organization, code)
                .map(plan -> history(plan.id()));
    }

    @Transactional
    Page<PlanHistory> list(UUID organization, Pageable asked) {
        var page =
                plans.findByOrganizationIdAndDeletedAtIsNullAndParentIdIsNullOrderByCreatedAtDesc(organization, asked);
        var histories = histories(page.getContent().stream().map(Plan::id).toList());
        var shown = new ArrayList<PlanHistory>();
        for (var plan : page.getContent()) {
            var history = histories.get(plan.id());
            if (history != null) shown.add(history);
        }
        return Page.of(shown, asked, page.getTotalSize());
    }

    /// A plan that is known to exist, deleted or not.
    @Transactional
    public PlanHistory history(UUID planId) {
        return Optional.ofNullable(histories(List.of(planId)).get(planId)).orElseThrow();
    }

    @Transactional
    public Map<UUID, PlanHistory> histories(Collection<UUID> planIds) {
        if (planIds.isEmpty()) return Map.of();
        var byPlan = new HashMap<UUID, List<PlanRevision>>();
        for (var revision : revisions.findByPlanIdInOrderByRevision(planIds)) {
            byPlan.computeIfAbsent(revision.planId(), ignored -> new ArrayList<>())
                    .add(revision);
        }
        var histories = new HashMap<UUID, PlanHistory>();
        byPlan.forEach((id, dated) ->
                histories.put(id, new PlanHistory(plans.findById(id).orElseThrow(), dated)));
        return histories;
    }

    /// Reads what a subscription agrees to otherwise than its plan says; null where it is nothing.
    ///
    /// @param request with `plan_overrides`, whose violations are noted
    /// @param hasBegun true where the subscription runs
    public @Nullable PlanOverrides overrides(PlanHistory plan, Fields request, boolean hasBegun) {
        var fields = request.object("plan_overrides");
        if (fields == null || fields.isEmpty()) return null;
        var ids =
                plan.last().chargeList().stream().map(Charge::billableMetricId).toList();
        var organization = plan.plan().organizationId();
        return PlanOverrides.read(
                fields, plan, hasBegun, new Known(metrics.byId(organization, ids), taxes.of(organization)));
    }

    /// Gives a subscription a plan of its own, or changes the one that it has. What was before `since` stays;
    /// charges keep their ids, so that their usage goes on.
    ///
    /// @param plan that it has
    /// @param since inclusive, by the customer's clock; null for since ever, where it has none of its own yet
    @Transactional(propagation = Propagation.MANDATORY)
    public PlanHistory override(PlanHistory plan, PlanOverrides overrides, @Nullable Instant since) {
        var now = clocks.system();
        boolean isNew = plan.plan().parentId() == null;
        var own = new Plan(
                isNew ? UUID.randomUUID() : plan.plan().id(),
                plan.plan().organizationId(),
                plan.plan().catalogueId(),
                plan.plan().code(),
                overrides.name(),
                overrides.invoiceDisplayName(),
                overrides.description(),
                isNew ? now : plan.plan().createdAt(),
                null);
        own = isNew ? plans.save(own) : plans.update(own);
        publish(own);
        var from = since;
        int number = 1;
        if (!isNew) {
            var last = plan.last();
            from = Objects.requireNonNull(since);
            var taken = last.effectiveFrom();
            // Also two in the same instant follow each other.
            if (taken != null && !taken.isBefore(from)) from = taken.plus(1, ChronoUnit.MICROS);
            revisions.update(PlanTerms.ended(last, from));
            number = last.revision() + 1;
        } else if (since != null) {
            var before = plan.revisions().stream()
                    .filter(revision -> revision.effectiveFrom() == null
                            || revision.effectiveFrom().isBefore(since))
                    .toList();
            for (var revision : before) {
                var to = revision.equals(before.getLast()) ? since : revision.effectiveTo();
                revisions.save(PlanTerms.copied(revision, UUID.randomUUID(), own.id(), to));
            }
            number = before.getLast().revision() + 1;
        }
        revisions.save(
                revision(own, number, from, overrides.terms(), plan.last().commitment(), now));
        return history(own.id());
    }

    /// True if usage of one of its charges goes on from before a period: a recurring metric's.
    public boolean carriesUsageOver(PlanHistory plan) {
        var ids =
                plan.last().chargeList().stream().map(Charge::billableMetricId).toList();
        return metrics.byId(plan.plan().organizationId(), ids).values().stream()
                .anyMatch(current -> current.revision().recurring());
    }

    private Plan get(UUID organization, String code) {
        return plans.findByOrganizationIdAndCodeAndDeletedAtIsNullAndParentIdIsNull(organization, code)
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    /// What a request may name.
    ///
    /// @throws Refusal.NotFound if a metric is not there
    Known known(UUID organization, Set<UUID> metricIds) {
        var found = metrics.byId(organization, metricIds);
        found.values().removeIf(current -> current.metric().deletedAt() != null);
        if (!found.keySet().containsAll(metricIds)) throw new Refusal.NotFound("billable_metrics");
        return new Known(found, taxes.of(organization));
    }

    private PlanRevision revision(
            Plan plan,
            int number,
            @Nullable Instant from,
            PlanTerms terms,
            Optional<MinimumCommitment> before,
            Instant now) {
        var wanted = terms.minimumCommitment();
        var commitment = wanted == null
                ? null
                : new MinimumCommitment(
                        Ids.of("minimum_commitment", plan.id()),
                        wanted.amountCents(),
                        wanted.invoiceDisplayName(),
                        wanted.taxIds(),
                        before.map(MinimumCommitment::createdAt).orElse(now));
        return terms.revision(plan.id(), number, from, commitment, identify(plan.catalogueId(), terms.charges(), now));
    }

    /// Gives charges and filters their ids: those they had in this plan before, if they were in it.
    ///
    /// @param plan of the catalogue
    private List<Charge> identify(UUID plan, List<ChargeTerms> charges, Instant now) {
        var identified = new ArrayList<Charge>();
        for (var charge : charges) {
            // Ids follow from what they name, so they survive edits, and removal too.
            var id = Ids.of("charge", plan, charge.code(), charge.billableMetricId());
            var createdAt = plans.identifyCharge(id, plan, charge.code(), charge.billableMetricId(), now);
            var filters = new ArrayList<ChargeFilter>();
            for (var filter : charge.filters()) {
                var hash = Ids.hash(Json.write(filter.values()));
                var filterId = Ids.of("charge_filter", id, hash);
                filters.add(new ChargeFilter(
                        filterId,
                        plans.identifyFilter(filterId, id, hash, now),
                        filter.values(),
                        filter.properties(),
                        filter.invoiceDisplayName()));
            }
            identified.add(new Charge(
                    id,
                    charge.code(),
                    charge.billableMetricId(),
                    charge.billableMetricCode(),
                    charge.chargeModel(),
                    charge.invoiceDisplayName(),
                    charge.payInAdvance(),
                    charge.prorated(),
                    charge.invoiceable(),
                    charge.minAmountCents(),
                    charge.acceptsTargetWallet(),
                    charge.properties(),
                    charge.taxIds(),
                    filters,
                    createdAt));
        }
        return identified;
    }

    private void publish(Plan plan) {
        outbox.changed(
                topic(), Keys.plan(plan.organizationId().toString(), plan.id().toString()), plan.organizationId());
    }

    @Override
    public Topic topic() {
        return Topics.CONFIG_PLANS;
    }

    @Override
    public SpecificRecord value(UUID organizationId, String key, long version) {
        var history = history(UUID.fromString(key.substring(key.indexOf('/') + 1)));
        return io.millrace.config.Plan.newBuilder()
                .setOrganizationId(organizationId.toString())
                .setPlanId(history.plan().id().toString())
                .setCode(history.plan().code())
                .setVersion(version)
                .setRevisions(history.revisions().stream().map(Plans::published).toList())
                .build();
    }

    private static io.millrace.config.PlanRevision published(PlanRevision revision) {
        return io.millrace.config.PlanRevision.newBuilder()
                .setEffectiveFrom(revision.effectiveFrom())
                .setEffectiveTo(revision.effectiveTo())
                .setRevision(revision.revision())
                .setInterval(revision.billingInterval())
                .setAmountCurrency(revision.amountCurrency())
                .setBillChargesMonthly(revision.billChargesMonthly())
                .setCharges(revision.chargeList().stream().map(Plans::published).toList())
                .build();
    }

    private static io.millrace.config.Charge published(Charge charge) {
        return io.millrace.config.Charge.newBuilder()
                .setChargeId(charge.id().toString())
                .setCode(charge.code())
                .setBillableMetricId(charge.billableMetricId().toString())
                .setBillableMetricCode(charge.billableMetricCode())
                .setChargeModel(charge.chargeModel())
                .setProperties(Json.write(charge.properties()))
                .setPayInAdvance(charge.payInAdvance())
                .setProrated(charge.prorated())
                .setAcceptsTargetWallet(charge.acceptsTargetWallet())
                .setCreatedAt(charge.createdAt())
                .setFilters(charge.filters().stream()
                        .map(filter -> io.millrace.config.ChargeFilter.newBuilder()
                                .setChargeFilterId(filter.id().toString())
                                .setCreatedAt(filter.createdAt())
                                .setValues(filter.values())
                                .setProperties(Json.write(filter.properties()))
                                .build())
                        .toList())
                .build();
    }
}
