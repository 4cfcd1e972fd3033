package io.millrace.invoicer.progress;

import static io.millrace.topic.Topics.EVENTS_DEAD_LETTER;
import static io.millrace.topic.Topics.EVENTS_ENRICHED;
import static io.millrace.topic.Topics.EVENTS_ENRICHED_EXPANDED;
import static io.millrace.topic.Topics.EVENTS_RAW;

import io.millrace.clickhouse.ExclusionPass;
import io.millrace.clickhouse.QueueErrors;
import io.millrace.clickhouse.QueueErrors.Missing;
import io.millrace.clickhouse.Rebuild;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.progress.Stage.Position;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.topic.CommittedReader;
import io.millrace.topic.Topic;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/// How far events have come, and the wait until those of a period that is over are all there.
///
/// ```
///  now          enricher has committed    ClickHouse has committed     no error row is left     repetitions are found
///  raw ends ──▶ ends of what it wrote ──▶ nothing left before them ──▶ all is in its table ───▶ watermark
///   └─ again if raw grew: the enricher may have sent mis-keyed records back
/// ```
///
/// Who is to wait for a change of what was agreed ([Changes]) is asked first: the others go on, and it is asked
/// again at the next close.
///
/// Ends are those that the broker has, not the last stable ones: a producer's transaction is committed
/// before its markers are in every partition, and what was committed must be waited for. Markers in turn
/// leave a consumer's committed offset below the end for ever, so a consumer counts as done when a
/// read-committed reader finds nothing left for it.
///
/// A record that ClickHouse could not decode is waited for. One that failed for good lies before the
/// watermark for ever, and nothing is billed over it, unless it is of `events_raw`: the enricher reads
/// those by itself, and makes dead letters of what is no event.
@Singleton
public class PipelineProgress {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(25);
    private static final Duration PATIENCE_PER_READ = Duration.ofMillis(200);
    private static final List<Topic> DERIVED = List.of(EVENTS_ENRICHED, EVENTS_ENRICHED_EXPANDED, EVENTS_DEAD_LETTER);

    private final InvoicerSettings settings;
    private final Broker broker;
    private final Changes changes;
    private final ClickHouse clickHouse;
    private final QueueErrors errors;
    private final ExclusionPass exclusions;
    private volatile boolean stopped;

    PipelineProgress(InvoicerSettings settings, Broker broker, Changes changes, ClickHouse clickHouse) {
        this.settings = settings;
        this.broker = broker;
        this.changes = changes;
        this.clickHouse = clickHouse;
        this.errors = new QueueErrors(clickHouse.source());
        this.exclusions = new ExclusionPass(clickHouse.source());
    }

    /// Whoever waits gives up at the next look.
    public void stop() {
        stopped = true;
    }

    /// Waits until all that was ingested before now is complete, and says whose usage is not as it was agreed yet.
    ///
    /// @throws PipelineBehind if that takes longer than the settings allow
    public Watermark awaitCompleteness() throws PipelineBehind, InterruptedException {
        try (var reader = broker.reader(PATIENCE_PER_READ)) {
            requireNoRebuild();
            var wait = new Wait(reader, Instant.now().plus(settings.watermarkTimeout()));
            var held = changes.underWay(reader, () -> isToGiveUp(wait));
            var raw = broker.ends(List.of(EVENTS_RAW));
            await(wait, Stage.enricher(), raw);
            var grown = broker.ends(List.of(EVENTS_RAW));
            if (!grown.equals(raw)) await(wait, Stage.enricher(), grown);

            var all = new HashMap<>(grown);
            all.putAll(broker.ends(DERIVED));
            await(wait, Stage.clickHouse(settings, EVENTS_RAW), all);
            for (var topic : DERIVED) await(wait, Stage.clickHouse(settings, topic), all);
            awaitTables(wait, all);
            exclusions.cover(ofEnriched(all));
            return Watermark.of(all, held);
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked how far events have come", e);
        }
    }

    /// Tables are made anew because something is wrong with them.
    private void requireNoRebuild() throws PipelineBehind, SQLException {
        try (var connection = clickHouse.connect()) {
            if (Rebuild.isUnderWay(connection)) throw new PipelineBehind("tables of ClickHouse are being rebuilt");
        }
    }

    /// How far each stage is in each partition.
    List<Position> positions() throws InterruptedException {
        var committed = new LinkedHashMap<Stage, Map<TopicPartition, Long>>();
        for (var stage : Stage.all(settings)) committed.put(stage, broker.committed(stage.group()));
        // Noted last, so that nobody is ahead of them.
        var ends = broker.ends(committed.keySet().stream().map(Stage::topic).collect(Collectors.toSet()));
        var positions = new ArrayList<Position>();
        committed.forEach((stage, offsets) -> ends.entrySet().stream()
                .filter(end -> end.getKey().topic().equals(stage.topic().name()))
                .sorted(Comparator.comparingInt(end -> end.getKey().partition()))
                .map(end -> new Position(stage, end.getKey(), offsets.getOrDefault(end.getKey(), 0L), end.getValue()))
                .forEach(positions::add));
        return positions;
    }

    /// Records that ClickHouse has consumed, but that are not in their tables.
    List<Missing> missing() throws SQLException, InterruptedException {
        var all = new HashMap<TopicPartition, Long>();
        for (var position : positions()) all.put(position.partition(), position.end());
        return errors.missing(all);
    }

    /// Whose usage is held back.
    ///
    /// @throws PipelineBehind if everybody's is
    Set<HeldBack> heldBack(CommittedReader reader) throws PipelineBehind, InterruptedException {
        var deadline = Instant.now().plus(settings.watermarkTimeout());
        return changes.underWay(reader, () -> isToGiveUp(new Wait(reader, deadline)));
    }

    /// How far repetitions are found in each partition of `events_enriched`, exclusive.
    Map<Integer, Long> covered() throws SQLException {
        return exclusions.covered();
    }

    /// Finds repetitions among what ClickHouse has, up to the first record that is not in its table.
    void coverRepetitions() throws SQLException, InterruptedException {
        var committed =
                broker.committed(Stage.clickHouse(settings, EVENTS_ENRICHED).group());
        for (var missing : errors.missing(committed)) {
            committed.merge(missing.partition(), missing.first(), Math::min);
        }
        exclusions.cover(ofEnriched(committed));
    }

    /// One wait for everything, with its own end and its own reader.
    private record Wait(CommittedReader reader, Instant deadline) {}

    private boolean isToGiveUp(Wait wait) {
        return stopped || Instant.now().isAfter(wait.deadline());
    }

    /// Waits until the stage has nothing left to read before the ends of its topic.
    private void await(Wait wait, Stage stage, Map<TopicPartition, Long> ends)
            throws PipelineBehind, InterruptedException {
        var waiting = new HashMap<>(ends);
        waiting.keySet()
                .removeIf(partition -> !partition.topic().equals(stage.topic().name()));
        while (true) {
            var committed = broker.committed(stage.group());
            // A reader that is not at the end has nothing left where only markers lie before it.
            waiting.entrySet().removeIf(end -> {
                long position = committed.getOrDefault(end.getKey(), 0L);
                return position >= end.getValue() || !wait.reader().findsRecord(end.getKey(), position, end.getValue());
            });
            if (waiting.isEmpty()) return;
            if (isToGiveUp(wait)) {
                throw new PipelineBehind(waiting.entrySet().stream()
                        .map(end -> new Position(
                                stage, end.getKey(), committed.getOrDefault(end.getKey(), 0L), end.getValue()))
                        .map(Position::toString)
                        .sorted()
                        .collect(Collectors.joining("; ")));
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    /// Waits until every record is in its table that ClickHouse could not decode at first.
    private void awaitTables(Wait wait, Map<TopicPartition, Long> ends)
            throws PipelineBehind, InterruptedException, SQLException {
        while (true) {
            var missing = errors.missing(ends).stream()
                    .filter(PipelineProgress::holdsBack)
                    .toList();
            if (missing.isEmpty()) return;
            if (isToGiveUp(wait)) {
                throw new PipelineBehind(missing.stream()
                        .map(each -> "%d records of %s, from offset %d, are in queue_errors: %s"
                                .formatted(
                                        each.count(),
                                        each.partition(),
                                        each.first(),
                                        each.isRejected()
                                                ? "they were tried again in vain"
                                                : "they wait to be redriven"))
                        .collect(Collectors.joining("; ")));
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    static boolean holdsBack(Missing missing) {
        return !missing.isRejected() || !missing.partition().topic().equals(EVENTS_RAW.name());
    }

    private static Map<Integer, Long> ofEnriched(Map<TopicPartition, Long> offsets) {
        var enriched = new TreeMap<Integer, Long>();
        offsets.forEach((partition, offset) -> {
            if (partition.topic().equals(EVENTS_ENRICHED.name())) enriched.put(partition.partition(), offset);
        });
        return enriched;
    }
}
