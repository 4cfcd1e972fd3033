package io.millrace.invoicer.webhook;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.organization.WebhookUrls;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.List;
import java.util.UUID;

/// Where organizations hear of events: at most ten endpoints each, no two with one address.
@Singleton
class WebhookEndpoints implements WebhookUrls {
    static final String RESOURCE = "webhook_endpoint";
    private static final int MOST_ENDPOINTS = 10;
    private static final int LONGEST_URL = 2000;

    private final WebhookEndpointRepository endpoints;
    private final Clocks clocks;

    WebhookEndpoints(WebhookEndpointRepository endpoints, Clocks clocks) {
        this.endpoints = endpoints;
        this.clocks = clocks;
    }

    @Transactional
    WebhookEndpoint create(UUID organization, Fields fields) {
        endpoints.lock(organization);
        if (!fields.has("webhook_url")) fields.violated("webhook_url", "value_is_mandatory");
        var endpoint = read(fields, blank(organization));
        refuseOneTooMany(organization, fields);
        fields.refuseViolations();
        return endpoints.save(endpoint);
    }

    /// Changes what the request names.
    @Transactional
    WebhookEndpoint update(UUID organization, String id, Fields fields) {
        endpoints.lock(organization);
        var endpoint = read(fields, get(organization, id));
        fields.refuseViolations();
        return endpoints.update(endpoint);
    }

    @Transactional
    WebhookEndpoint delete(UUID organization, String id) {
        var endpoint = get(organization, id);
        endpoints.delete(endpoint);
        return endpoint;
    }

    WebhookEndpoint get(UUID organization, String id) {
        return Ids.parse(id)
                .flatMap(known -> endpoints.findByOrganizationIdAndId(organization, known))
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    Page<WebhookEndpoint> list(UUID organization, Pageable asked) {
        return endpoints.findByOrganizationIdOrderByCreatedAtDesc(organization, asked);
    }

    @Override
    public List<String> of(UUID organization) {
        return newestFirst(organization).stream()
                .map(WebhookEndpoint::webhookUrl)
                .toList();
    }

    @Override
    @Transactional
    public void check(UUID organization, Fields fields) {
        endpoints.lock(organization);
        var existing = newestFirst(organization);
        url(fields, existing.isEmpty() ? blank(organization) : existing.getFirst());
    }

    @Override
    @Transactional
    public void set(UUID organization, String url) {
        var existing = newestFirst(organization);
        if (existing.isEmpty()) endpoints.save(blank(organization).withUrl(url));
        else endpoints.update(existing.getFirst().withUrl(url));
    }

    private WebhookEndpoint read(Fields fields, WebhookEndpoint before) {
        var url = fields.has("webhook_url") ? url(fields, before) : before.webhookUrl();
        var algorithm = fields.oneOf("signature_algo", WebhookEndpoint.ALGORITHMS);
        var types = fields.texts("event_types");
        if (types != null && !WebhookTypes.areKnown(types)) fields.violated("event_types", "invalid_types");
        return new WebhookEndpoint(
                before.id(),
                before.organizationId(),
                url,
                algorithm == null ? before.signatureAlgo() : algorithm,
                fields.has("name") ? fields.name("name") : before.name(),
                fields.has("event_types") ? (types == null ? null : Json.write(types)) : before.eventTypes(),
                before.createdAt());
    }

    /// Empty if violated.
    private String url(Fields fields, WebhookEndpoint endpoint) {
        var url = fields.text("webhook_url");
        if (url == null || url.isBlank()) {
            if (url != null || !fields.isPresent("webhook_url")) fields.violated("webhook_url", "value_is_mandatory");
        } else if (url.length() > LONGEST_URL) fields.violated("webhook_url", "value_is_too_long");
        else if (!isHttp(url)) fields.violated("webhook_url", "url_invalid");
        else if (endpoints.findByOrganizationId(endpoint.organizationId()).stream()
                .anyMatch(other -> other.webhookUrl().equals(url) && !other.id().equals(endpoint.id()))) {
            fields.violated("webhook_url", "value_already_exist");
        }
        return url == null ? "" : url;
    }

    private void refuseOneTooMany(UUID organization, Fields fields) {
        if (endpoints.findByOrganizationId(organization).size() >= MOST_ENDPOINTS) {
            fields.violated("base", "exceeded_limit");
        }
    }

    private List<WebhookEndpoint> newestFirst(UUID organization) {
        return list(organization, Pageable.from(0, MOST_ENDPOINTS)).getContent();
    }

    /// What signs unless told is the contract's.
    private WebhookEndpoint blank(UUID organization) {
        return new WebhookEndpoint(
                UUID.randomUUID(), organization, "", WebhookEndpoint.JWT, null, null, clocks.system());
    }

    private static boolean isHttp(String url) {
        try {
            var uri = URI.create(url);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
