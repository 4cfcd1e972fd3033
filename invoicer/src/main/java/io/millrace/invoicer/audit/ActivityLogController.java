package io.millrace.invoicer.audit;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.usage.ClickHouse;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Who changed what.
@Controller("/api/v1/activity_logs")
@ExecuteOn(TaskExecutors.BLOCKING)
class ActivityLogController {
    private static final String STATEMENT = ClickHouse.statement("activity_logs.sql");

    private final LogQuery logs;

    ActivityLogController(LogQuery logs) {
        this.logs = logs;
    }

    /// @param apiKeyId who asked for the change; beyond the contract
    /// @param resourceType such as `BillableMetric`
    @Wire
    record ActivityLogObject(
            String activityId,
            String activityType,
            String activitySource,
            Map<String, @Nullable Object> activityObject,
            Map<String, @Nullable Object> activityObjectChanges,
            @Nullable String userEmail,
            @Nullable String apiKeyId,
            @Nullable String externalCustomerId,
            @Nullable String externalSubscriptionId,
            String resourceId,
            String resourceType,
            String organizationId,
            String loggedAt,
            String createdAt) {}

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var parameters = Fields.ofParameters(request);
        var types = parameters.listed("resource_types").stream()
                .map(ActivityLogController::word)
                .toList();
        var page = find(
                caller,
                "",
                LogQuery.span(parameters),
                parameters.listed("activity_types"),
                parameters.listed("activity_sources"),
                parameters.listed("user_emails"),
                LogQuery.one(parameters, "external_customer_id"),
                LogQuery.one(parameters, "external_subscription_id"),
                parameters.listed("resource_ids"),
                types,
                Paging.of(request));
        return Paging.answer("activity_logs", page, entry -> entry);
    }

    @Get("/{activityId}")
    Map<String, Object> get(Caller caller, String activityId) {
        // Empty text stands for any.
        if (activityId.isEmpty()) throw new Refusal.NotFound("activity_log");
        var any = List.<String>of();
        return find(caller, activityId, LogQuery.EVER, any, any, any, "", "", any, any, Pageable.from(0, 1))
                .getContent()
                .stream()
                .findFirst()
                .map(entry -> Map.<String, Object>of("activity_log", entry))
                .orElseThrow(() -> new Refusal.NotFound("activity_log"));
    }

    private Page<ActivityLogObject> find(
            Caller caller,
            String id,
            List<Instant> span,
            List<String> types,
            List<String> sources,
            List<String> emails,
            String customer,
            String subscription,
            List<String> resources,
            List<String> resourceTypes,
            Pageable asked) {
        var parameters = List.of(
                caller.organizationId().toString(),
                id,
                span.getFirst(),
                span.getLast(),
                types,
                sources,
                emails,
                customer,
                subscription,
                resources,
                resourceTypes);
        return logs.page(STATEMENT, parameters, asked, ActivityLogController::object);
    }

    private static ActivityLogObject object(ResultSet row) throws SQLException {
        return new ActivityLogObject(
                row.getString("activity_id"),
                row.getString("activity_type"),
                row.getString("activity_source"),
                LogQuery.tree(row, "activity_object"),
                LogQuery.tree(row, "activity_object_changes"),
                row.getString("user_email"),
                row.getString("api_key_id"),
                row.getString("external_customer_id"),
                row.getString("external_subscription_id"),
                row.getString("resource_id"),
                shown(row.getString("resource_type")),
                row.getString("organization_id"),
                Shown.time(LogQuery.instant(row, "logged_micros")),
                Shown.time(LogQuery.instant(row, "created_micros")));
    }

    /// `billable_metric` as the contract shows it: `BillableMetric`.
    private static String shown(String word) {
        return Arrays.stream(word.split("_"))
                .map(part -> part.isEmpty() ? part : part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1))
                .collect(Collectors.joining());
    }

    private static String word(String shown) {
        return shown.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }
}
