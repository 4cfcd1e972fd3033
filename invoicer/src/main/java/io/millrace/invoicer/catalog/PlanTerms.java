package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.subscription.Trial;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a plan costs: what a revision dates. Charges have no ids yet.
record PlanTerms(
        String interval,
        long amountCents,
        String amountCurrency,
        boolean payInAdvance,
        BigDecimal trialPeriod,
        boolean billChargesMonthly,
        List<UUID> taxIds,
        @Nullable CommitmentTerms minimumCommitment,
        List<ChargeTerms> charges) {

    static final long MOST_CENTS = 1_000_000_000_000_000L;
    private static final List<String> INTERVALS = List.of("monthly", "weekly", "quarterly", "semiannual", "yearly");

    /// Reads the terms of a request; fields that it does not name stay as they were.
    ///
    /// @param before null for a new plan
    /// @param known what the terms may name
    static PlanTerms read(Fields fields, @Nullable PlanTerms before, Known known) {
        var interval = before == null || fields.has("interval")
                ? fields.requiredOneOf("interval", INTERVALS)
                : before.interval;
        var currency = before == null || fields.has("amount_currency")
                ? currency(fields, "amount_currency")
                : before.amountCurrency;
        if (before != null && !currency.equals(before.amountCurrency)) {
            fields.violated("amount_currency", "value_is_invalid");
        }
        long amount = before == null || fields.has("amount_cents") ? amount(fields) : before.amountCents;
        boolean advance = before == null || fields.has("pay_in_advance")
                ? fields.flag("pay_in_advance", false)
                : before.payInAdvance;
        var trial = before == null || fields.has("trial_period") ? trial(fields) : before.trialPeriod;
        // Running subscriptions have periods, and what they have paid, by these.
        if (before != null && !interval.equals(before.interval)) fields.violated("interval", "value_is_invalid");
        if (before != null && advance != before.payInAdvance) fields.violated("pay_in_advance", "value_is_invalid");
        if (before != null && trial.compareTo(before.trialPeriod) != 0) {
            fields.violated("trial_period", "value_is_invalid");
        }
        boolean monthly = before == null || fields.has("bill_charges_monthly")
                ? fields.flag("bill_charges_monthly", false)
                : before.billChargesMonthly;
        var taxes = before == null || fields.has("tax_codes") ? known.taxes().named(fields) : before.taxIds;
        var commitment = before == null || fields.has("minimum_commitment")
                ? CommitmentTerms.read(fields, known)
                : before.minimumCommitment;
        var charges = before == null || fields.has("charges") ? charges(fields, known) : before.charges;
        refuseWhatWouldBeBilledWrongly(fields);
        return new PlanTerms(interval, amount, currency, advance, trial, monthly, taxes, commitment, charges);
    }

    static PlanTerms of(PlanRevision revision) {
        return new PlanTerms(
                revision.billingInterval(),
                revision.amountCents(),
                revision.amountCurrency(),
                revision.payInAdvance(),
                revision.trialPeriod(),
                revision.billChargesMonthly(),
                revision.taxIdList(),
                revision.commitment().map(CommitmentTerms::of).orElse(null),
                revision.chargeList().stream().map(ChargeTerms::of).toList());
    }

    /// The same with other charges.
    PlanTerms with(List<ChargeTerms> changed) {
        return new PlanTerms(
                interval,
                amountCents,
                amountCurrency,
                payInAdvance,
                trialPeriod,
                billChargesMonthly,
                taxIds,
                minimumCommitment,
                List.copyOf(changed));
    }

    /// Refuses a commitment where a period has fees that are not on the invoice which would true them up: those of
    /// months that were billed before, and what is, or was, paid in advance.
    ///
    /// @param history null for a new plan
    void checkCommitment(Fields fields, @Nullable PlanHistory history) {
        if (minimumCommitment == null) return;
        var before = history == null
                ? Stream.<Charge>empty()
                : history.revisions().stream().flatMap(revision -> revision.chargeList().stream());
        boolean isBilledElsewhere = billChargesMonthly
                || payInAdvance
                || charges.stream().anyMatch(ChargeTerms::payInAdvance)
                || before.anyMatch(Charge::payInAdvance);
        if (isBilledElsewhere) fields.violated("minimum_commitment", "feature_unavailable");
    }

    /// True if both cost the same, however their JSON is written.
    boolean isSame(PlanTerms other) {
        return Json.write(this).equals(Json.write(other));
    }

    /// The ids that the request's charges name as their metrics.
    static Set<UUID> metricIds(Fields fields) {
        var ids = new HashSet<UUID>();
        var charges = fields.objects("charges");
        if (charges == null) return ids;
        for (var charge : charges) {
            var id = charge.id("billable_metric_id");
            if (id != null) ids.add(id);
        }
        return ids;
    }

    PlanRevision revision(
            UUID plan,
            int number,
            @Nullable Instant from,
            @Nullable MinimumCommitment commitment,
            List<Charge> identified) {
        return new PlanRevision(
                UUID.randomUUID(),
                plan,
                number,
                from,
                null,
                interval,
                amountCents,
                amountCurrency,
                payInAdvance,
                trialPeriod,
                billChargesMonthly,
                Json.write(taxIds),
                commitment == null ? null : Json.write(commitment),
                Json.write(identified));
    }

    /// The revision as it is once another takes over.
    static PlanRevision ended(PlanRevision revision, Instant at) {
        return copied(revision, revision.id(), revision.planId(), at);
    }

    static PlanRevision copied(PlanRevision revision, UUID id, UUID plan, @Nullable Instant to) {
        return new PlanRevision(
                id,
                plan,
                revision.revision(),
                revision.effectiveFrom(),
                to,
                revision.billingInterval(),
                revision.amountCents(),
                revision.amountCurrency(),
                revision.payInAdvance(),
                revision.trialPeriod(),
                revision.billChargesMonthly(),
                revision.taxIds(),
                revision.minimumCommitment(),
                revision.charges());
    }

    static long amount(Fields fields) {
        if (!fields.isPresent("amount_cents")) fields.violated("amount_cents", "value_is_mandatory");
        var amount = fields.wholeNumber("amount_cents", 0, MOST_CENTS);
        return amount == null ? 0 : amount;
    }

    static BigDecimal trial(Fields fields) {
        var days = fields.decimal("trial_period", BigDecimal.ZERO, BigDecimal.valueOf(Trial.MAX_DAYS));
        return days == null ? BigDecimal.ZERO : days;
    }

    static String currency(Fields fields, String name) {
        var currency = fields.requiredName(name);
        if (!currency.isEmpty() && CurrencyUnit.find(currency).isEmpty()) fields.violated(name, "value_is_invalid");
        return currency;
    }

    /// Accepted by the contract, but an invoice would lack it: better refused than billed wrongly.
    static void refuseWhatWouldBeBilledWrongly(Fields fields) {
        for (var name : List.of("fixed_charges", "usage_thresholds")) {
            var objects = fields.objects(name);
            if (objects != null && !objects.isEmpty()) fields.violated(name, "feature_unavailable");
        }
    }

    private static List<ChargeTerms> charges(Fields fields, Known known) {
        var charges = new ArrayList<ChargeTerms>();
        var objects = fields.objects("charges");
        if (objects == null) return charges;
        var codes = new HashSet<String>();
        for (var object : objects) {
            var charge = ChargeTerms.read(object, null, known, codes);
            if (charge != null) charges.add(charge);
        }
        return List.copyOf(charges);
    }
}
