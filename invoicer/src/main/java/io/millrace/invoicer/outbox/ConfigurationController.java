package io.millrace.invoicer.outbox;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.organization.Caller;
import java.util.Map;

/// What the streams are told of an organization: all of it can be told again, should its topics have lost it. They
/// hear the values that they know, with the versions that they know, and do nothing.
@Controller("/api/v1/configuration")
@ExecuteOn(TaskExecutors.BLOCKING)
class ConfigurationController {
    private final Outbox outbox;

    ConfigurationController(Outbox outbox) {
        this.outbox = outbox;
    }

    @Get
    Map<String, Object> get(Caller caller) {
        return shown(Map.of("unpublished_count", outbox.countUnpublished(caller.organizationId())));
    }

    /// Returns at once; all is published when `unpublished_count` is 0 again.
    @Post("/republish")
    Map<String, Object> republish(Caller caller) {
        return shown(Map.of("republished_count", outbox.republish(caller.organizationId())));
    }

    private static Map<String, Object> shown(Map<String, Object> configuration) {
        return Map.of("configuration", configuration);
    }
}
