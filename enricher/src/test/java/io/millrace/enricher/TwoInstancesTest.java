package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.Ports;
import io.millrace.embedded.UsesEngines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.common.Node;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two instances that share the partitions, each with copies of the other one's stores, through a seller's
/// busy month: one is a process of its own, which is killed or restarted, and one is watched.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY})
class TwoInstancesTest {
    private static final long SEED = 20260313;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String WATCHED = "two";

    private static final String REBALANCES = "kafka_consumer_coordinator_rebalance_total.*";
    /// Records of stores, to begin with them or to have a copy.
    private static final String RESTORED = "kafka_consumer_fetch_manager_records_consumed_total.*restore-consumer.*";

    private static final int HALF = EmbeddedStack.EVENT_PARTITIONS / 2;
    private static final int ALL = EmbeddedStack.EVENT_PARTITIONS;

    private final EmbeddedStack stack;
    private final int port = Ports.free();
    private final URI metrics = URI.create("http://localhost:" + port + "/metrics");

    @TempDir
    private Path one;

    @TempDir
    private Path two;

    TwoInstancesTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    @Test
    void whatAKilledInstanceLeavesUndoneTheOtherOneDoesFromItsCopies() throws Exception {
        try (var pipeline = new Pipeline(stack, "left-behind")) {
            var fire = new Fire(pipeline, "left-behind", SEED);
            var month = fire.month(1_200, 0);
            try (var killed = pipeline.startChild(one, named("one", "3s"))) {
                fire.happen(month.subList(0, 300));
                pipeline.awaitMoreDecided(100);
                try (var watched = pipeline.start(two, named(WATCHED, "3s"))) {
                    fire.happen(month.subList(300, 500));
                    awaitPartitions(watched, HALF);
                    awaitCopies();

                    fire.happen(month.subList(500, 700));
                    pipeline.awaitMoreDecided(20);
                    double copied = total(RESTORED);
                    killed.kill();
                    fire.happen(month.subList(700, 900));
                    awaitPartitions(watched, ALL);

                    assertThat(total(RESTORED) - copied)
                            .as("records read to take over, of %.0f that had been copied", copied)
                            .isLessThan(copied / 2);
                    killed.restart();
                    fire.happen(month.subList(900, month.size()));
                    awaitPartitions(watched, HALF);
                }
            }
            forgetWhoHasStopped();
            fire.awaitGuarantees(one);
            assertThat(storedBytes())
                    .as("what an instance that takes a partition over has to read, of %d records", month.size())
                    .hasSize(ALL)
                    .allSatisfy((_, bytes) -> assertThat(bytes).isLessThan(ofAPartition(month.size())));
        }
    }

    @Test
    void anInstanceThatComesBackInTimeHasItsPartitionsBackAndNothingMoves() throws Exception {
        try (var pipeline = new Pipeline(stack, "back-in-time")) {
            var fire = new Fire(pipeline, "back-in-time", SEED);
            var month = fire.month(1_200, 0);
            try (var restarted = pipeline.startChild(one, named("one", "1m"));
                    var watched = pipeline.start(two, named(WATCHED, "1m"))) {
                fire.happen(month.subList(0, 300));
                restarted.awaitLine("is ready");
                awaitPartitions(watched, HALF);
                double rebalances = total(REBALANCES);

                restarted.stop();
                fire.happen(month.subList(300, 600));
                restarted.restart();
                restarted.awaitLine("is ready");
                fire.happen(month.subList(600, 900));
                restarted.kill();
                restarted.restart();
                restarted.awaitLine("is ready");
                fire.happen(month.subList(900, month.size()));
                pipeline.awaitMoreDecided(100);

                assertThat(total(REBALANCES)).isEqualTo(rebalances);
                assertThat(watched.accounting().partitions()).hasSize(HALF);
            }
            forgetWhoHasStopped();
            fire.awaitGuarantees(one);
        }
    }

    /// Ids, books and what waits, the latter whole: less than the events themselves, for which that is a low bound.
    private static long ofAPartition(int records) {
        return records * 300L / ALL;
    }

    /// Of the changelogs of all stores, by partition.
    private Map<Integer, Long> storedBytes() throws Exception {
        var bytes = new TreeMap<Integer, Long>();
        try (var admin = Admin.create(
                Map.<String, Object>of("bootstrap.servers", stack.kafka().bootstrapServers()))) {
            var brokers =
                    admin.describeCluster().nodes().get().stream().map(Node::id).toList();
            for (var directories :
                    admin.describeLogDirs(brokers).allDescriptions().get().values()) {
                for (var directory : directories.values()) {
                    directory.replicaInfos().forEach((partition, replica) -> {
                        if (partition.topic().endsWith("-changelog")) {
                            bytes.merge(partition.partition(), replica.size(), Long::sum);
                        }
                    });
                }
            }
        }
        return bytes;
    }

    /// Else they would keep their partitions until their sessions are over.
    private void forgetWhoHasStopped() throws Exception {
        try (var admin = Admin.create(
                Map.<String, Object>of("bootstrap.servers", stack.kafka().bootstrapServers()))) {
            admin.removeMembersFromConsumerGroup("millrace-enricher", new RemoveMembersFromConsumerGroupOptions())
                    .all()
                    .get();
        }
    }

    /// @param sessionTimeout how long its partitions are kept for it
    private Map<String, String> named(String name, String sessionTimeout) {
        return Map.of(
                "MILLRACE_ENRICHER_INSTANCE_ID",
                name,
                "MILLRACE_ENRICHER_SESSION_TIMEOUT",
                sessionTimeout,
                "MILLRACE_ENRICHER_STANDBY_REPLICAS",
                "1",
                // What it had begun when it was killed is given up after little more than twice this.
                "MILLRACE_ENRICHER_REGISTRY_PATIENCE",
                "1s",
                "MILLRACE_ENRICHER_PORT",
                name.equals(WATCHED) ? Integer.toString(port) : "0");
    }

    private static void awaitPartitions(Enricher enricher, int partitions) {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(enricher.accounting().partitions()).hasSize(partitions));
    }

    /// Waits until the watched one has read what there is of the other one's stores: nothing more comes for
    /// a while.
    private void awaitCopies() {
        var before = new AtomicReference<>(0.0);
        Awaitility.await().during(Duration.ofSeconds(2)).atMost(PATIENCE).until(() -> {
            double now = total(RESTORED);
            return now > 0 && now == before.getAndSet(now);
        });
    }

    private double total(String metric) {
        return values(metric).stream().mapToDouble(value -> value).sum();
    }

    /// Values of a metric of the watched one.
    private List<Double> values(String metric) {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.matches(metric))
                    .map(line -> Double.valueOf(line.substring(line.lastIndexOf(' '))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
