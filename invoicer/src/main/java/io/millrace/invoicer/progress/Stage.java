package io.millrace.invoicer.progress;

import io.millrace.invoicer.InvoicerSettings;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/// One consumer of one event topic: a step of events on their way to a bill.
///
/// @param name of the service, as in metrics and the API: `enricher`, `charger` or `clickhouse`
record Stage(String name, String group, Topic topic) {
    private static final List<Topic> IN_CLICKHOUSE = List.of(
            Topics.EVENTS_RAW,
            Topics.EVENTS_ENRICHED,
            Topics.EVENTS_ENRICHED_EXPANDED,
            Topics.EVENTS_DEAD_LETTER,
            Topics.EVENTS_CHARGED_IN_ADVANCE);

    static Stage enricher() {
        return new Stage("enricher", "millrace-enricher", Topics.EVENTS_RAW);
    }

    static Stage clickHouse(InvoicerSettings settings, Topic topic) {
        return new Stage("clickhouse", settings.clickHouse().groupPrefix() + topic.name(), topic);
    }

    /// In the order in which events pass them.
    static List<Stage> all(InvoicerSettings settings) {
        var charger = new Stage("charger", "millrace-charger", Topics.EVENTS_ENRICHED_EXPANDED);
        return Stream.concat(
                        Stream.of(enricher(), charger),
                        IN_CLICKHOUSE.stream().map(topic -> clickHouse(settings, topic)))
                .toList();
    }

    /// How far a stage has come in a partition.
    ///
    /// @param committed offset up to which it is done, exclusive; 0 where it has not begun
    /// @param end of the partition, exclusive
    record Position(Stage stage, TopicPartition partition, long committed, long end) {
        /// Offsets that are left: of a stage that is at rest the markers of transactions, at most.
        long lag() {
            return Math.max(0, end - committed);
        }

        @Override
        public String toString() {
            return "consumer group %s is at offset %d of %d in %s".formatted(stage.group(), committed, end, partition);
        }
    }
}
