package io.millrace.ingest;

import static org.awaitility.Awaitility.await;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.millrace.config.ApiKey;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/// The service at work on real engines, with what a test says and sees around it.
final class IngestFixture implements AutoCloseable {
    private final ApplicationContext context;
    private final EmbeddedServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final SchemaRegistry registry;
    private final String bootstrapServers;
    private final KafkaProducer<String, @Nullable ApiKey> keyProducer;

    private IngestFixture(EmbeddedStack stack, ApplicationContext context) {
        this.context = context;
        this.server = context.getBean(EmbeddedServer.class).start();
        this.registry = HttpSchemaRegistry.of(stack.environment().getOrDefault("SCHEMA_REGISTRY_URL", ""));
        this.bootstrapServers = stack.environment().getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "");
        this.keyProducer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "acks", "all"),
                new StringSerializer(),
                new AvroSerializer<>(registry, Topics.CONFIG_API_KEYS));
    }

    static IngestFixture start(EmbeddedStack stack, Map<String, String> settings) {
        var environment = new HashMap<>(stack.environment());
        environment.putAll(settings);
        var context = IngestApi.configure(ApplicationContext.builder("test"), environment)
                .properties(Map.of("micronaut.server.port", "-1"))
                .start();
        return new IngestFixture(stack, context);
    }

    /// Makes an organization with a key and waits until the service lets it in.
    ///
    /// @return its id
    String newOrganization(String key) throws Exception {
        var organization = UUID.randomUUID().toString();
        putKey(key, organization, List.of(), null, Instant.now().toEpochMilli());
        var keys = context.getBean(ApiKeys.class);
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsInstanceOf(IngestRefusal.class)
                .until(() -> keys.organizationOf(key).equals(organization));
        return organization;
    }

    void putKey(String key, String organization, List<String> permissions, @Nullable Instant end, long version)
            throws Exception {
        var value = ApiKey.newBuilder()
                .setKeyHash(ApiKeys.hash(key))
                .setApiKeyId(UUID.randomUUID().toString())
                .setOrganizationId(organization)
                .setPermissions(permissions)
                .setExpiresAt(end)
                .setVersion(version)
                .build();
        put(key, value);
    }

    void eraseKey(String key) throws Exception {
        put(key, null);
    }

    private void put(String key, @Nullable ApiKey value) throws Exception {
        keyProducer
                .send(new ProducerRecord<>(Topics.CONFIG_API_KEYS.name(), 0, 0L, ApiKeys.hash(key), value))
                .get();
    }

    URI server() {
        return server.getURI();
    }

    HttpResponse<String> post(String path, String key, String body) throws Exception {
        return send("POST", path, "Bearer " + key, "application/json", body);
    }

    /// @param body JSON, in which `'` stands for `"`
    HttpResponse<String> send(
            String method, String path, @Nullable String authorization, String contentType, String body)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.getURI() + path))
                .timeout(Duration.ofMinutes(1))
                .header("Content-Type", contentType)
                .method(method, BodyPublishers.ofString(body.replace('\'', '"')));
        if (authorization != null) request.header("Authorization", authorization);
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /// The events of an organization, once there are so many.
    List<RawEvent> events(String organization, int count) {
        return records(organization, count).stream().map(ConsumerRecord::value).toList();
    }

    List<String> keys(String organization) {
        return records(organization, 1).stream().map(ConsumerRecord::key).toList();
    }

    private List<ConsumerRecord<String, RawEvent>> records(String organization, int count) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers);
        var values = new AvroDeserializer<RawEvent>(registry, RawEvent.getClassSchema());
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), values)) {
            var partitions = IntStream.range(0, EmbeddedStack.EVENT_PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(Topics.EVENTS_RAW.name(), partition))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var found = new ArrayList<ConsumerRecord<String, RawEvent>>();
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                for (var entry : consumer.poll(Duration.ofMillis(200))) {
                    if (entry.value().getOrganizationId().equals(organization)) found.add(entry);
                }
                return found.size() >= count;
            });
            return found;
        }
    }

    @Override
    public void close() {
        keyProducer.close();
        client.shutdownNow();
        context.close();
    }
}
