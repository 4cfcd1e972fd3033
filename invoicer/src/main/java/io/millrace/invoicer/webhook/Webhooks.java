package io.millrace.invoicer.webhook;

import io.micronaut.serde.ObjectMapper;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.UUID;
import java.util.function.Supplier;

/// What endpoints are to hear, written in the transaction that makes it true.
@Singleton
public class Webhooks {
    private final WebhookEndpointRepository endpoints;
    private final WebhookRepository webhooks;
    private final ObjectMapper json;
    private final Clocks clocks;

    Webhooks(WebhookEndpointRepository endpoints, WebhookRepository webhooks, ObjectMapper json, Clocks clocks) {
        this.endpoints = endpoints;
        this.webhooks = webhooks;
        this.json = json;
        this.clocks = clocks;
    }

    /// One message for each of the organization's endpoints that wants its type.
    ///
    /// @param object as the API shows it; asked only if somebody listens
    @Transactional(propagation = Propagation.MANDATORY)
    public void tell(UUID organization, String webhookType, String objectType, UUID objectId, Supplier<?> object) {
        var listening = endpoints.findByOrganizationId(organization).stream()
                .filter(endpoint -> endpoint.wants(webhookType))
                .toList();
        if (listening.isEmpty()) return;
        var envelope = new LinkedHashMap<String, Object>();
        envelope.put("webhook_type", webhookType);
        envelope.put("object_type", objectType);
        envelope.put("organization_id", organization.toString());
        envelope.put(objectType, object.get());
        var payload = write(envelope);
        var now = clocks.system();
        for (var endpoint : listening) {
            webhooks.save(new Webhook(
                    UUID.randomUUID(),
                    organization,
                    endpoint.id(),
                    webhookType,
                    objectType,
                    objectId,
                    payload,
                    "pending",
                    0,
                    now,
                    null,
                    now,
                    null));
        }
    }

    private String write(Object envelope) {
        try {
            return json.writeValueAsString(envelope);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
