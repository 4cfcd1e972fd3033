package io.millrace.charger;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.streams.StreamsService;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.time.Duration;
import java.util.List;

/// The charger at work, in this process.
public final class Charger implements AutoCloseable {
    private static final List<Topic> WRITTEN = List.of(Topics.EVENTS_CHARGED_IN_ADVANCE, Topics.EVENTS_DEAD_LETTER);

    private final ChargerSettings settings;
    private final SchemaRegistry registry;
    private final StreamsService service;

    private Charger(ChargerSettings settings) {
        this.settings = settings;
        this.registry = HttpSchemaRegistry.of(settings.streams().schemaRegistryUrl());
        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        var topology = ChargerTopology.of(settings, registry, meters);
        this.service = new StreamsService(settings.streams(), topology, meters);
    }

    /// Creates topics that are missing, registers what it writes, and starts. Returns once configuration has
    /// been read; events follow when [#isReady].
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if no schema registry answers for two minutes
    /// @throws org.apache.kafka.common.KafkaException if Kafka cannot be reached
    public static Charger start(ChargerSettings settings) {
        var charger = new Charger(settings);
        charger.service.prepare(charger.registry, WRITTEN);
        charger.service.start();
        return charger;
    }

    /// True while all tasks of this instance are processed.
    public boolean isReady() {
        return service.isReady();
    }

    /// Waits until ready; false if it took too long or the service has given up.
    public boolean awaitReady(Duration upTo) throws InterruptedException {
        return service.awaitReady(upTo);
    }

    /// Waits until the service has stopped, whoever stopped it.
    public void awaitStop() throws InterruptedException {
        service.awaitStop();
    }

    /// Stops after a last commit.
    @Override
    public void close() {
        service.close();
    }
}
