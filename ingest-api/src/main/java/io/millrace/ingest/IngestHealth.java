package io.millrace.ingest;

import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.AbstractHealthIndicator;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/// Ready when all keys are known and the broker answers.
@Singleton
@Readiness
final class IngestHealth extends AbstractHealthIndicator<Map<String, Object>> {
    private static final int PATIENCE_SECONDS = 3;

    private final ApiKeys keys;
    private final Admin admin;

    IngestHealth(IngestSettings settings, ApiKeys keys) {
        this.keys = keys;
        this.admin = Admin.create(Map.<String, Object>of("bootstrap.servers", settings.bootstrapServers()));
    }

    @Override
    protected Map<String, Object> getHealthInformation() {
        var isKafkaUp = isKafkaUp();
        var isCaughtUp = keys.isCaughtUp();
        healthStatus = isKafkaUp && isCaughtUp ? HealthStatus.UP : HealthStatus.DOWN;
        return Map.of("kafka", isKafkaUp, "keys_caught_up", isCaughtUp);
    }

    private boolean isKafkaUp() {
        try {
            return !admin.describeCluster()
                    .nodes()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    protected String getName() {
        return "ingest";
    }

    @PreDestroy
    void close() {
        admin.close();
    }
}
