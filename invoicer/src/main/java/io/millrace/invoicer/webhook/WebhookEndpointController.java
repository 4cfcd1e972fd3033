package io.millrace.invoicer.webhook;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.organization.Caller;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/webhook_endpoints")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class WebhookEndpointController {
    private static final String RESOURCE = "webhook_endpoint";
    private static final int MOST_ENDPOINTS = 10;

    private final WebhookEndpointRepository endpoints;
    private final Clocks clocks;

    WebhookEndpointController(WebhookEndpointRepository endpoints, Clocks clocks) {
        this.endpoints = endpoints;
        this.clocks = clocks;
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
        var fields = Fields.of(body, RESOURCE);
        var url = fields.text("webhook_url");
        if (url == null || url.isBlank()) fields.violated("webhook_url", "value_is_mandatory");
        else if (!isHttp(url)) fields.violated("webhook_url", "url_invalid");
        // The contract's default is jwt; there is no key pair to sign it by.
        var algorithm = fields.oneOf("signature_algo", List.of("hmac", "jwt"));
        if ("jwt".equals(algorithm)) fields.violated("signature_algo", "feature_unavailable");
        var name = fields.name("name");
        var types = fields.texts("event_types");
        var existing = endpoints.findByOrganizationId(caller.organizationId());
        if (existing.stream().anyMatch(endpoint -> endpoint.webhookUrl().equals(url))) {
            fields.violated("webhook_url", "value_already_exist");
        }
        if (existing.size() >= MOST_ENDPOINTS) fields.violated("base", "exceeded_limit");
        fields.refuseViolations();
        if (url == null) throw new Refusal.Invalid("webhook_url", "value_is_mandatory");
        return shown(endpoints.save(new WebhookEndpoint(
                UUID.randomUUID(),
                caller.organizationId(),
                url,
                "hmac",
                name,
                types == null ? null : Json.write(types),
                clocks.system())));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var page = endpoints.findByOrganizationIdOrderByCreatedAtDesc(caller.organizationId(), Paging.of(request));
        return Paging.answer("webhook_endpoints", page, WebhookEndpointController::object);
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        return shown(find(caller, id));
    }

    @Delete("/{id}")
    Map<String, Object> delete(Caller caller, String id) {
        var endpoint = find(caller, id);
        endpoints.delete(endpoint);
        return shown(endpoint);
    }

    private WebhookEndpoint find(Caller caller, String id) {
        return Ids.parse(id)
                .flatMap(known -> endpoints.findByOrganizationIdAndId(caller.organizationId(), known))
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    private static boolean isHttp(String url) {
        try {
            var uri = URI.create(url);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Map<String, Object> shown(WebhookEndpoint endpoint) {
        return Map.of(RESOURCE, object(endpoint));
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
