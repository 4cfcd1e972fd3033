package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import io.millrace.invoicer.contract.Json;
import io.millrace.rating.period.Interval;
import io.millrace.rating.subscription.PlanPrice;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a plan costs, from when to when.
///
/// @param revision from 1
/// @param effectiveFrom inclusive; null is since ever
/// @param effectiveTo exclusive; null while in force
/// @param amountCents the subscription fee of a whole interval, in minor units of the currency
/// @param payInAdvance true when the subscription fee is due at the period's start
/// @param trialPeriod free days of the subscription fee at the start; 0 to
/// [io.millrace.rating.subscription.Trial#MAX_DAYS]
/// @param billChargesMonthly true when the charges of a yearly or semiannual plan are billed each month
/// @param taxIds JSON list of the plan's taxes, which charges have that have none of their own
/// @param minimumCommitment JSON of a [MinimumCommitment]; null for none
/// @param charges JSON list of [Charge]
@MappedEntity("plan_revisions")
public record PlanRevision(
        @Id UUID id,
        UUID planId,
        int revision,
        @Nullable Instant effectiveFrom,
        @Nullable Instant effectiveTo,
        String billingInterval,
        long amountCents,
        String amountCurrency,
        boolean payInAdvance,
        BigDecimal trialPeriod,
        boolean billChargesMonthly,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String taxIds,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb") @Nullable
        String minimumCommitment,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String charges) {

    public List<UUID> taxIdList() {
        return Json.readList(taxIds, UUID.class);
    }

    public Optional<MinimumCommitment> commitment() {
        return Optional.ofNullable(minimumCommitment).map(json -> Json.read(json, MinimumCommitment.class));
    }

    public List<Charge> chargeList() {
        return Json.readList(charges, Charge.class);
    }

    /// What two plans are compared by.
    public PlanPrice price() {
        return new PlanPrice(amountCents, Interval.parse(billingInterval));
    }

    /// True if this is the revision of that time.
    public boolean isInForceAt(Instant time) {
        return (effectiveFrom == null || !time.isBefore(effectiveFrom))
                && (effectiveTo == null || time.isBefore(effectiveTo));
    }
}
