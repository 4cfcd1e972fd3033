package io.millrace.invoicer;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.millrace.clickhouse.ClickHouseMigrator;
import io.millrace.clickhouse.ErrorRedrive;
import io.millrace.clickhouse.Sink;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;

/// Makes sure at start that what the pipeline meets in exists: the topics, then the ClickHouse tables that they
/// fill; then fills them, and keeps trying the records again that could not be decoded, for a period closes only
/// without them. The PostgreSQL schema is there by then: Flyway brings it up with the connection pool.
@Singleton
class Foundation {
    private static final Duration BETWEEN_REDRIVES = Duration.ofSeconds(1);

    private final InvoicerSettings settings;
    private final ClickHouse clickHouse;
    private @Nullable Sink sink;
    private @Nullable ErrorRedrive redrive;

    Foundation(InvoicerSettings settings, ClickHouse clickHouse) {
        this.settings = settings;
        this.clickHouse = clickHouse;
    }

    @EventListener
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void lay(ServerStartupEvent ignored) throws SQLException, InterruptedException {
        var address = Map.<String, Object>of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        try (var admin = Admin.create(address)) {
            Topics.create(admin, settings.eventPartitions(), settings.replication());
        }
        new ClickHouseMigrator(clickHouse.source(), settings.clickHouse()).migrate();
        var registry = HttpSchemaRegistry.of(settings.schemaRegistryUrl());
        sink = Sink.start(clickHouse.source(), registry, settings.clickHouse());
        redrive = ErrorRedrive.start(clickHouse.source(), registry, BETWEEN_REDRIVES);
    }

    @PreDestroy
    void close() {
        if (redrive != null) redrive.close();
        if (sink != null) sink.close();
    }
}
