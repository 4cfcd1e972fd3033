package io.millrace.streams;

import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A topology at work: starts and stops it, keeps it going, and tells how it is.
///
/// A thread that fails is replaced: what failed is read again, from the last transaction. So an error that passes
/// heals by itself, and one that does not is visible as a service that never becomes ready again.
public final class StreamsService implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StreamsService.class);
    /// Longest commit and flush; orchestrators must wait longer than this before they kill.
    private static final Duration GRACE = Duration.ofSeconds(30);

    private static final Duration REGISTRY_AT_START = Duration.ofMinutes(2);

    private final StreamsSettings settings;
    private final PrometheusMeterRegistry meters;
    private final KafkaStreams streams;
    private final KafkaStreamsMetrics kafkaMetrics;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private @Nullable HealthEndpoint health;

    public StreamsService(StreamsSettings settings, Topology topology, PrometheusMeterRegistry meters) {
        this.settings = settings;
        this.meters = meters;
        this.streams = new KafkaStreams(topology, settings.properties(), new ConfigurationFirst());
        this.kafkaMetrics = new KafkaStreamsMetrics(streams);
        streams.setUncaughtExceptionHandler(failure -> {
            log.error("{}: a thread failed and is replaced", settings.applicationId(), failure);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
        streams.setStateListener((now, before) -> {
            log.info("{} is {}", settings.applicationId(), now);
            if (now == State.NOT_RUNNING || now == State.ERROR) stopped.countDown();
        });
    }

    /// Creates topics that are missing and registers the schemas of what the service writes: a registry that
    /// refuses, such as for a wrong password, should stop the start and not each record.
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if no schema registry answers for two minutes
    /// @throws org.apache.kafka.common.KafkaException if Kafka cannot be reached
    public void prepare(SchemaRegistry registry, List<Topic> written) {
        Map<String, Object> connection =
                Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        try (var admin = Admin.create(connection)) {
            Topics.create(admin, settings.eventPartitions(), settings.replication());
        }
        var patience = new RegistryPatience(REGISTRY_AT_START);
        for (var topic : written) patience.ask(() -> registry.register(topic.subject(), topic.value()));
    }

    /// Starts; returns once configuration has been read whole. Events follow when [#isReady].
    public void start() {
        if (settings.port() != 0) {
            health = new HealthEndpoint(settings.port(), this::isHealthy, this::isReady, meters);
        }
        kafkaMetrics.bindTo(meters);
        streams.start();
    }

    /// True while all tasks of this instance are processed.
    public boolean isReady() {
        return streams.state() == State.RUNNING;
    }

    /// False once the service has given up and must be started anew.
    public boolean isHealthy() {
        return streams.state() != State.ERROR && streams.state() != State.NOT_RUNNING;
    }

    /// For queries of local stores.
    public KafkaStreams streams() {
        return streams;
    }

    /// Waits until the service has stopped, whoever stopped it.
    public void awaitStop() throws InterruptedException {
        stopped.await();
    }

    /// Stops after a last commit. A named instance keeps its tasks for a session timeout, for its own return.
    @Override
    public void close() {
        boolean clean = streams.close(GRACE);
        if (!clean) log.warn("{} did not stop within {}", settings.applicationId(), GRACE);
        kafkaMetrics.close();
        if (health != null) health.close();
    }

    /// Waits until ready; false if it took too long or the service has given up.
    public boolean awaitReady(Duration upTo) throws InterruptedException {
        var deadline = System.nanoTime() + upTo.toNanos();
        while (!isReady()) {
            if (!isHealthy() || System.nanoTime() > deadline) return false;
            if (stopped.await(20, TimeUnit.MILLISECONDS)) return false;
        }
        return true;
    }
}
