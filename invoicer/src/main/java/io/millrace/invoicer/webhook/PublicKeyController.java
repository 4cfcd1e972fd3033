package io.millrace.invoicer.webhook;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Map;

/// The key that receivers check webhooks by.
@Controller("/api/v1/webhooks")
@ExecuteOn(TaskExecutors.BLOCKING)
class PublicKeyController {
    private final SigningKey key;

    PublicKeyController(SigningKey key) {
        this.key = key;
    }

    /// Kept for the contract's older clients.
    @Get("/public_key")
    @Produces(MediaType.TEXT_PLAIN)
    String text() {
        return key.publicKey();
    }

    @Get("/json_public_key")
    Map<String, Object> json() {
        return Map.of("webhook", Map.of("public_key", key.publicKey()));
    }
}
