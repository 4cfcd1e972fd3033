package io.millrace.ingest;

import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.millrace.registry.HttpSchemaRegistry;
import java.time.InstantSource;

/// The service's parts, each of a type of this package, so that other services in the same context cannot take one
/// for theirs. Started with the context rather than with the first request.
@Factory
final class IngestBeans {
    @Context
    @Bean(preDestroy = "close")
    ApiKeys apiKeys(IngestSettings settings) {
        return new ApiKeys(settings, HttpSchemaRegistry.of(settings.schemaRegistryUrl()), InstantSource.system());
    }

    @Context
    @Bean(preDestroy = "close")
    EventPublisher eventPublisher(IngestSettings settings) {
        return new EventPublisher(settings, HttpSchemaRegistry.of(settings.schemaRegistryUrl()));
    }

    @Context
    @Bean(preDestroy = "close")
    IngestMeters ingestMeters(MeterRegistry registry, EventPublisher publisher) {
        return new IngestMeters(registry, publisher.producer());
    }
}
