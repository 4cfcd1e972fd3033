package io.millrace.enricher;

import io.millrace.streams.Environment;
import io.millrace.streams.StreamsSettings;
import io.millrace.topic.Replay;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// How the enricher runs.
///
/// @param streams connections, threads, stores
/// @param deduplicationHorizon how long ids are remembered at least, in time of ingestion; default 31 days. A
/// repetition that comes later is enriched again: in arrears the tables find it, in advance it is charged. Longer
/// needs more room
/// @param rememberedIds how many ids each partition remembers at most; default 5 million. A million take up to 27 MB
/// of heap and 16 MB of disk. Where the horizon has more, the oldest are forgotten before their time
/// @param parking how long events wait for configuration
public record EnricherSettings(
        StreamsSettings streams, Duration deduplicationHorizon, int rememberedIds, ParkingLimits parking) {
    public EnricherSettings {
        if (deduplicationHorizon.compareTo(Duration.ofMinutes(4)) < 0) {
            throw new IllegalArgumentException("deduplicationHorizon must be at least 4 minutes");
        }
    }

    /// Settings by environment variables.
    ///
    /// @throws IllegalArgumentException naming the variable that is missing or wrong
    public static EnricherSettings of(Map<String, String> environment) {
        var variables = Environment.of(environment);
        return new EnricherSettings(
                StreamsSettings.of("enricher", environment),
                variables.duration("MILLRACE_ENRICHER_DEDUPLICATION_HORIZON", Duration.ofDays(31)),
                variables.number("MILLRACE_ENRICHER_REMEMBERED_IDS", 5_000_000, 1_000, 1_000_000_000),
                new ParkingLimits(
                        variables.duration("MILLRACE_ENRICHER_PARKED_UP_TO", Duration.ofHours(1)),
                        variables.number("MILLRACE_ENRICHER_PARKED_PER_SUBSCRIPTION", 10_000, 0, 1_000_000),
                        variables.duration("MILLRACE_ENRICHER_LOOK_AGAIN", Duration.ofMillis(500))));
    }

    /// These settings for a replay: what is agreed is known by then, and nothing waits for more.
    EnricherSettings of(Replay replay) {
        return new EnricherSettings(
                streams.beside(replay.applicationId(), replayState()),
                deduplicationHorizon,
                rememberedIds,
                new ParkingLimits(parking.upTo(), 0, parking.lookAgain()));
    }

    /// Where replays keep what they need while they run.
    Path replayState() {
        return streams.stateDirectory().resolve("replay");
    }
}
