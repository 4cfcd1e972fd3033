package io.millrace.enricher;

import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedSettings;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.Ports;
import io.millrace.topic.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The long form of [ExactlyOnceUnderFireTest], where the broker is killed too.
@Tag("soak")
class ExactlyOnceSoakTest {
    private static final long SEED = 20260312;

    @Test
    void allGuaranteesHoldWheneverTheEnricherOrTheBrokerIsKilled(@TempDir Path kafka, @TempDir Path directory)
            throws Exception {
        var port = Integer.toString(Ports.free()); // the same when it comes back
        try (var broker = ChildProcess.of(EmbeddedKafka.class)
                        .arguments(kafka.resolve("data").toString(), port)
                        .heap("1g")
                        .start();
                var stack =
                        EmbeddedStack.start(EmbeddedSettings.of(Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.awaitReady()))
                                .withEngines(Set.of(Engine.REGISTRY)))) {
            createTopics(stack);
            try (var pipeline = new Pipeline(stack, "soak")) {
                var fire = new Fire(pipeline, "soak", SEED);
                var shots = new ArrayList<Fire.Shot>(Collections.nCopies(22, fire::kill));
                shots.addAll(Collections.nCopies(2, enricher -> {
                    broker.kill();
                    broker.restart();
                    broker.awaitReady();
                }));
                Collections.shuffle(shots, new Random(SEED));
                fire.through(fire.month(24_000, 60), directory, shots);
                fire.awaitGuarantees(directory);
            }
        }
    }

    private static void createTopics(EmbeddedStack stack) {
        try (var admin = Admin.create(
                Map.<String, Object>of("bootstrap.servers", stack.environment().get("KAFKA_BOOTSTRAP_SERVERS")))) {
            Topics.create(admin, EmbeddedStack.EVENT_PARTITIONS, (short) 1);
        }
    }
}
