package io.millrace.invoicer.webhook;

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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/webhook_endpoints")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class WebhookEndpointController {
    private final WebhookEndpoints endpoints;

    WebhookEndpointController(WebhookEndpoints endpoints) {
        this.endpoints = endpoints;
    }

    @Wire
    record WebhookEndpointObject(
            String lagoId,
            String lagoOrganizationId,
            String webhookUrl,
            String signatureAlgo,
            @Nullable String name,
            @Nullable List<String> eventTypes,
            String createdAt) {}

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(endpoints.create(caller.organizationId(), Fields.of(body, WebhookEndpoints.RESOURCE)));
    }

    @Put("/{id}")
    Map<String, Object> update(Caller caller, String id, @Body byte @Nullable [] body) {
        return shown(endpoints.update(caller.organizationId(), id, Fields.of(body, WebhookEndpoints.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var page = endpoints.list(caller.organizationId(), Paging.of(request));
        return Paging.answer("webhook_endpoints", page, WebhookEndpointController::object);
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        return shown(endpoints.get(caller.organizationId(), id));
    }

    @Delete("/{id}")
    Map<String, Object> delete(Caller caller, String id) {
        return shown(endpoints.delete(caller.organizationId(), id));
    }

    private static Map<String, Object> shown(WebhookEndpoint endpoint) {
        return Map.of(WebhookEndpoints.RESOURCE, object(endpoint));
    }

    private static WebhookEndpointObject object(WebhookEndpoint endpoint) {
        return new WebhookEndpointObject(
                endpoint.id().toString(),
                endpoint.organizationId().toString(),
                endpoint.webhookUrl(),
                endpoint.signatureAlgo(),
                endpoint.name(),
                endpoint.eventTypeList(),
                Shown.time(endpoint.createdAt()));
    }
}
