package io.millrace.invoicer.progress;

import io.millrace.invoicer.progress.Stage.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// Tells which consumers stand still before a record that has been there for long.
///
/// Some distance from the end says nothing: behind the last record lie markers, which nobody commits past.
final class Standstill {
    private final Duration patience;
    private final Map<Place, Standing> standing = new HashMap<>();

    /// @param patience how long a consumer may stay before a record
    Standstill(Duration patience) {
        this.patience = patience;
    }

    /// Sees whether a consumer has anything left between two offsets:
    /// [io.millrace.topic.CommittedReader#findsRecord].
    interface Probe {
        boolean findsRecord(TopicPartition partition, long from, long to);
    }

    /// @param since when it was first seen there, with records before it that are still not done
    record Stuck(Position position, Instant since) {}

    private record Place(String group, TopicPartition partition) {}

    /// @param end of the partition at that time: what has come since may be new
    private record Standing(long at, long end, Instant since) {}

    /// To be called from time to time with all positions.
    List<Stuck> look(Collection<Position> positions, Instant now, Probe probe) {
        var stuck = new ArrayList<Stuck>();
        for (var position : positions) {
            var place = new Place(position.stage().group(), position.partition());
            var before = standing.get(place);
            var fresh = new Standing(position.committed(), position.end(), now);
            if (before == null || before.at() != position.committed()) {
                standing.put(place, fresh);
            } else if (!before.since().plus(patience).isAfter(now)) {
                if (before.end() > before.at() && probe.findsRecord(position.partition(), before.at(), before.end())) {
                    stuck.add(new Stuck(position, before.since()));
                } else {
                    standing.put(place, fresh);
                }
            }
        }
        return stuck;
    }
}
