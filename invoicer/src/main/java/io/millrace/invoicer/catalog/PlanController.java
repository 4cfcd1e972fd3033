package io.millrace.invoicer.catalog;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.organization.Caller;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/plans")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class PlanController {
    private final Plans plans;

    PlanController(Plans plans) {
        this.plans = plans;
    }

    @Wire
    record ChargeFilterObject(
            String lagoId,
            @Nullable String invoiceDisplayName,
            Map<String, Object> properties,
            Map<String, List<String>> values) {}

    @Wire
    record ChargeObject(
            String lagoId,
            String lagoBillableMetricId,
            String code,
            String billableMetricCode,
            @Nullable String invoiceDisplayName,
            String createdAt,
            String chargeModel,
            boolean payInAdvance,
            boolean invoiceable,
            @Nullable String regroupPaidFees,
            boolean prorated,
            long minAmountCents,
            boolean acceptsTargetWallet,
            Map<String, Object> properties,
            List<ChargeFilterObject> filters,
            List<Object> taxes) {}

    @Wire
    record PlanObject(
            String lagoId,
            String name,
            @Nullable String invoiceDisplayName,
            String createdAt,
            String code,
            String interval,
            @Nullable String description,
            long amountCents,
            String amountCurrency,
            BigDecimal trialPeriod,
            boolean payInAdvance,
            boolean billChargesMonthly,
            List<ChargeObject> charges,
            List<Object> taxes) {}

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(plans.create(caller.organizationId(), Fields.of(body, Plans.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        return Paging.answer("plans", plans.list(caller.organizationId(), Paging.of(request)), PlanController::object);
    }

    @Get("/{code}")
    Map<String, Object> get(Caller caller, String code) {
        return shown(plans.find(caller.organizationId(), code));
    }

    @Put("/{code}")
    Map<String, Object> update(Caller caller, String code, @Body byte @Nullable [] body) {
        return shown(plans.update(caller.organizationId(), code, Fields.of(body, Plans.RESOURCE)));
    }

    @Delete("/{code}")
    Map<String, Object> delete(Caller caller, String code) {
        return shown(plans.delete(caller.organizationId(), code));
    }

    private static Map<String, Object> shown(PlanHistory history) {
        return Map.of(Plans.RESOURCE, object(history));
    }

    private static PlanObject object(PlanHistory history) {
        var plan = history.plan();
        var revision = history.last();
        return new PlanObject(
                plan.id().toString(),
                plan.name(),
                plan.invoiceDisplayName(),
                Shown.time(plan.createdAt()),
                plan.code(),
                revision.billingInterval(),
                plan.description(),
                revision.amountCents(),
                revision.amountCurrency(),
                revision.trialPeriod(),
                revision.payInAdvance(),
                revision.billChargesMonthly(),
                revision.chargeList().stream().map(PlanController::object).toList(),
                List.of());
    }

    private static ChargeObject object(Charge charge) {
        return new ChargeObject(
                charge.id().toString(),
                charge.billableMetricId().toString(),
                charge.code(),
                charge.billableMetricCode(),
                charge.invoiceDisplayName(),
                Shown.time(charge.createdAt()),
                charge.chargeModel(),
                charge.payInAdvance(),
                charge.invoiceable(),
                null,
                charge.prorated(),
                0,
                charge.acceptsTargetWallet(),
                charge.properties(),
                charge.filters().stream()
                        .map(filter -> new ChargeFilterObject(
                                filter.id().toString(),
                                filter.invoiceDisplayName(),
                                filter.properties(),
                                filter.values()))
                        .toList(),
                List.of());
    }
}
