package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.embedded.InMemoryRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Names of nodes and stores are part of what is installed: a store that is renamed loses its changelog, and with
/// it every remembered id and every waiting event. So the topology changes on purpose or not at all.
class TopologyDescriptionTest {
    private static final Path GOLDEN = Path.of("src/test/resources/enricher-topology.txt");

    @Test
    void theTopologyIsTheOneThatIsInstalled() throws IOException {
        var settings = EnricherSettings.of(
                Map.of("KAFKA_BOOTSTRAP_SERVERS", "none:1", "SCHEMA_REGISTRY_URL", "http://none:1"));
        var actual = EnricherTopology.of(settings, new InMemoryRegistry(), new SimpleMeterRegistry(), partition -> {
                    throw new AssertionError("nothing runs");
                })
                .describe()
                .toString();
        if (Boolean.getBoolean("millrace.accept")) Files.writeString(GOLDEN, actual);

        assertThat(actual)
                .as("if the change is meant, accept it with -Dmillrace.accept=true and say in the commit what"
                        + " becomes of the stores")
                .isEqualTo(Files.readString(GOLDEN));
    }
}
