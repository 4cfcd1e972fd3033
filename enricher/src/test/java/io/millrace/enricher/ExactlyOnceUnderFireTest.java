package io.millrace.enricher;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A seller's busy month while the enricher is killed without warning, wherever it is: all guarantees hold.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY})
class ExactlyOnceUnderFireTest {
    private static final long SEED = 20260311;

    @Test
    void allGuaranteesHoldWheneverItIsKilled(EmbeddedStack stack, @TempDir Path directory) throws Exception {
        try (var pipeline = new Pipeline(stack, "fire")) {
            var fire = new Fire(pipeline, "fire", SEED);
            fire.through(fire.month(3_000, 5), directory, Collections.nCopies(3, fire::kill));
            fire.awaitGuarantees(directory);
        }
    }

    @Test
    void anOrderlyStopCommitsWhatIsDone(EmbeddedStack stack, @TempDir Path directory) throws Exception {
        try (var pipeline = new Pipeline(stack, "stopped-orderly")) {
            var fire = new Fire(pipeline, "stopped-orderly", SEED);
            try (var enricher = pipeline.startChild(directory, Map.of("MILLRACE_ENRICHER_COMMIT_INTERVAL", "40s"))) {
                fire.happen(fire.month(500, 0));
                pipeline.awaitUncommitted(200);
                enricher.stop();
                pipeline.awaitMoreDecided(200);
            }
            fire.awaitGuarantees(directory);
        }
    }
}
