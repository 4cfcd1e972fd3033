package io.millrace.invoicer.progress;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.clickhouse.QueueErrors.Missing;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.progress.Stage.Position;
import io.millrace.invoicer.progress.Standstill.Stuck;
import io.millrace.topic.Topics;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How far events have come, for whoever wonders why a period does not close. Places in topics and numbers
/// of records of the whole installation, nothing that is in them; and whose usage of the caller's organization is
/// held back.
@Controller("/api/v1/pipeline_progress")
@ExecuteOn(TaskExecutors.BLOCKING)
class PipelineProgressController {
    private final PipelineProgress progress;
    private final PipelineWatch watch;

    PipelineProgressController(PipelineProgress progress, PipelineWatch watch) {
        this.progress = progress;
        this.watch = watch;
    }

    /// @param missingRecords which ClickHouse has consumed, but could not decode
    /// @param stuckConsumers which stand still before a record that is there for long
    /// @param heldBack usage that is not billed for a change of what was agreed that its rows do not show yet
    @Wire
    record ProgressObject(
            List<StageObject> stages,
            List<MissingObject> missingRecords,
            ExclusionPassObject exclusionPass,
            List<StuckObject> stuckConsumers,
            List<HeldBackObject> heldBack) {}

    /// @param lag offsets that are left; at rest, the markers of transactions
    @Wire
    record StageObject(String stage, String consumerGroup, String topic, long lag, List<PositionObject> partitions) {}

    @Wire
    record PositionObject(int partition, long committedOffset, long endOffset, long lag) {}

    /// @param state `pending`: it will be tried again, or `rejected`
    @Wire
    record MissingObject(String topic, int partition, String state, long count, long firstOffset) {}

    /// @param ageSeconds since it was through with all that ClickHouse had
    @Wire
    record ExclusionPassObject(long ageSeconds, List<CoveredObject> partitions) {}

    /// @param coveredOffset up to which repetitions are found, exclusive
    @Wire
    record CoveredObject(int partition, long coveredOffset, long endOffset) {}

    @Wire
    record StuckObject(
            String stage,
            String consumerGroup,
            String topic,
            int partition,
            long committedOffset,
            long endOffset,
            String since) {}

    /// @param externalSubscriptionId null: it may be any of the organization's
    /// @param from event time since which; null: since ever
    /// @param step how far the change has come: `unpublished`, `unread` or `unrepaired`
    @Wire
    record HeldBackObject(
            @Nullable String externalSubscriptionId,
            @Nullable String from,
            String step,
            String since) {}

    @Get
    Map<String, Object> get(Caller caller) throws SQLException, InterruptedException {
        var positions = progress.positions();
        var covered = progress.covered();
        return Map.of(
                "pipeline_progress",
                new ProgressObject(
                        stages(positions),
                        progress.missing().stream()
                                .map(PipelineProgressController::object)
                                .toList(),
                        new ExclusionPassObject(
                                watch.sinceCovered().toSeconds(),
                                positions.stream()
                                        .filter(position -> position.stage()
                                                        .name()
                                                        .equals("clickhouse")
                                                && position.stage().topic().equals(Topics.EVENTS_ENRICHED))
                                        .map(position -> new CoveredObject(
                                                position.partition().partition(),
                                                covered.getOrDefault(
                                                        position.partition().partition(), 0L),
                                                position.end()))
                                        .toList()),
                        watch.stuck().stream()
                                .map(PipelineProgressController::object)
                                .toList(),
                        watch.heldBack().entrySet().stream()
                                .filter(each -> concerns(each.getKey(), caller))
                                .map(each -> object(each.getKey(), each.getValue()))
                                .toList()));
    }

    private static List<StageObject> stages(Collection<Position> positions) {
        return positions.stream()
                .collect(Collectors.groupingBy(Position::stage, LinkedHashMap::new, Collectors.toList()))
                .entrySet()
                .stream()
                .map(stage -> new StageObject(
                        stage.getKey().name(),
                        stage.getKey().group(),
                        stage.getKey().topic().name(),
                        stage.getValue().stream().mapToLong(Position::lag).sum(),
                        stage.getValue().stream()
                                .map(position -> new PositionObject(
                                        position.partition().partition(),
                                        position.committed(),
                                        position.end(),
                                        position.lag()))
                                .toList()))
                .toList();
    }

    private static MissingObject object(Missing missing) {
        return new MissingObject(
                missing.partition().topic(),
                missing.partition().partition(),
                missing.isRejected() ? "rejected" : "pending",
                missing.count(),
                missing.first());
    }

    private static boolean concerns(HeldBack held, Caller caller) {
        return held.key().equals(HeldBack.ALL)
                || held.organizationId().equals(caller.organizationId().toString());
    }

    private static HeldBackObject object(HeldBack held, Instant since) {
        return new HeldBackObject(
                held.externalSubscriptionId(),
                Shown.timeOrNull(held.from()),
                held.step().code(),
                Shown.time(since));
    }

    private static StuckObject object(Stuck stuck) {
        var position = stuck.position();
        return new StuckObject(
                position.stage().name(),
                position.stage().group(),
                position.partition().topic(),
                position.partition().partition(),
                position.committed(),
                position.end(),
                Shown.time(stuck.since()));
    }
}
