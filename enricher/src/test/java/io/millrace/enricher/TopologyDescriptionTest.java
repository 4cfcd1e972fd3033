package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.embedded.InMemoryRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.streams.TopologyDescription;
import org.junit.jupiter.api.Test;

/// Names of nodes and stores are part of what is installed: a store that is renamed loses its changelog, and with
/// it every remembered id and every waiting event. So the topology changes on purpose or not at all.
///
/// `mvn test -pl enricher -am -Dtest=TopologyDescriptionTest -Dsurefire.failIfNoSpecifiedTests=false
/// -Dmillrace.accept=true` writes both files anew.
class TopologyDescriptionTest {
    private static final Path GOLDEN = Path.of("src/test/resources/enricher-topology.txt");
    private static final Path README = Path.of("README.md");
    private static final Pattern PICTURE = Pattern.compile("```mermaid\n(.*?)```\n", Pattern.DOTALL);

    @Test
    void theTopologyIsTheOneThatIsInstalled() throws IOException {
        var actual = topology().toString();
        if (Boolean.getBoolean("millrace.accept")) Files.writeString(GOLDEN, actual);

        assertThat(actual)
                .as("if the change is meant, accept it with -Dmillrace.accept=true and say in the commit what"
                        + " becomes of the stores")
                .isEqualTo(Files.readString(GOLDEN));
    }

    @Test
    void theReadmesPictureIsThatOfTheTopology() throws IOException {
        var actual = TopologyPicture.of(topology());
        if (Boolean.getBoolean("millrace.accept")) {
            var block = Matcher.quoteReplacement("```mermaid\n" + actual + "```\n");
            Files.writeString(README, PICTURE.matcher(Files.readString(README)).replaceFirst(block));
        }

        assertThat(PICTURE.matcher(Files.readString(README)).results().map(block -> block.group(1)))
                .as("the Mermaid block in %s; -Dmillrace.accept=true draws it anew", README)
                .containsExactly(actual);
    }

    private static TopologyDescription topology() {
        var settings = EnricherSettings.of(
                Map.of("KAFKA_BOOTSTRAP_SERVERS", "none:1", "SCHEMA_REGISTRY_URL", "http://none:1"));
        return EnricherTopology.of(settings, new InMemoryRegistry(), new SimpleMeterRegistry(), partition -> {
                    throw new AssertionError("nothing runs");
                })
                .describe();
    }
}
