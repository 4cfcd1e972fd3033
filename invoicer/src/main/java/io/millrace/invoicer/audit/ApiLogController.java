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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who asked what of the control plane.
@Controller("/api/v1/api_logs")
@ExecuteOn(TaskExecutors.BLOCKING)
class ApiLogController {
    private static final String STATEMENT = ClickHouse.statement("api_logs.sql");

    private final LogQuery logs;

    ApiLogController(LogQuery logs) {
        this.logs = logs;
    }

    /// @param apiKeyId beyond the contract
    @Wire
    record ApiLogObject(
            String requestId,
            String apiKeyId,
            String apiVersion,
            String client,
            String httpMethod,
            int httpStatus,
            String requestOrigin,
            String requestPath,
            Map<String, @Nullable Object> requestBody,
            Map<String, @Nullable Object> requestResponse,
            String loggedAt,
            String createdAt) {}

    /// `http_statuses[]` are numbers, or `succeeded` and `failed`; `request_paths` is a part of the path.
    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var parameters = Fields.ofParameters(request);
        var page = find(
                caller,
                "",
                LogQuery.span(parameters),
                parameters.listed("http_methods"),
                parameters.listed("http_statuses"),
                LogQuery.one(parameters, "api_version"),
                LogQuery.one(parameters, "request_paths"),
                Paging.of(request));
        return Paging.answer("api_logs", page, entry -> entry);
    }

    @Get("/{requestId}")
    Map<String, Object> get(Caller caller, String requestId) {
        // Empty text stands for any.
        if (requestId.isEmpty()) throw new Refusal.NotFound("api_log");
        return find(caller, requestId, LogQuery.EVER, List.of(), List.of(), "", "", Pageable.from(0, 1))
                .getContent()
                .stream()
                .findFirst()
                .map(entry -> Map.<String, Object>of("api_log", entry))
                .orElseThrow(() -> new Refusal.NotFound("api_log"));
    }

    private Page<ApiLogObject> find(
            Caller caller,
            String id,
            List<Instant> span,
            List<String> methods,
            List<String> statuses,
            String version,
            String path,
            Pageable asked) {
        var parameters = List.of(
                caller.organizationId().toString(),
                id,
                span.getFirst(),
                span.getLast(),
                methods,
                statuses,
                version,
                path);
        return logs.page(STATEMENT, parameters, asked, ApiLogController::object);
    }

    private static ApiLogObject object(ResultSet row) throws SQLException {
        return new ApiLogObject(
                row.getString("request_id"),
                row.getString("api_key_id"),
                row.getString("api_version"),
                row.getString("client"),
                row.getString("http_method"),
                row.getInt("http_status"),
                row.getString("request_origin"),
                row.getString("request_path"),
                LogQuery.tree(row, "request_body"),
                LogQuery.tree(row, "request_response"),
                Shown.time(LogQuery.instant(row, "logged_micros")),
                Shown.time(LogQuery.instant(row, "created_micros")));
    }
}
