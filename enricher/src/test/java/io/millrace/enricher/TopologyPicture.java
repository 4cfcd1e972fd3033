package io.millrace.enricher;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.TopologyDescription.Node;
import org.apache.kafka.streams.TopologyDescription.Processor;
import org.apache.kafka.streams.TopologyDescription.Sink;
import org.apache.kafka.streams.TopologyDescription.Source;

/// A topology as a Mermaid flowchart, which code hosts draw where it stands in a page.
///
/// ```
/// topic_orders(["orders"])           a topic, in place of the sources and sinks on it
/// check["check"]                     a node
/// store_seen[("seen")]               a store, with a dotted line to each node that uses it
/// topic_orders --> check             what records take
/// ```
final class TopologyPicture {
    /// Each line once: a topic may be read and written, a store used by many.
    private final Set<String> lines = new LinkedHashSet<>();

    private TopologyPicture() {}

    static String of(TopologyDescription topology) {
        var picture = new TopologyPicture();
        picture.draw(topology);
        return String.join("\n", picture.lines) + "\n";
    }

    private void draw(TopologyDescription topology) {
        lines.add("flowchart LR");
        lines.add("subgraph global [\"kept whole by every instance, known to every node\"]");
        for (var global : topology.globalStores())
            List.of(global.source(), global.processor()).forEach(this::draw);
        lines.add("end");
        for (var part : topology.subtopologies()) part.nodes().forEach(this::draw);
    }

    private void draw(Node node) {
        switch (node) {
            case Source source -> source.topicSet().stream().sorted().forEach(this::drawTopic);
            case Sink sink -> drawTopic(topic(sink));
            case Processor processor -> {
                lines.add("%s[\"%<s\"]".formatted(processor.name()));
                processor.stores().stream().sorted().forEach(store -> {
                    lines.add("store_%s[(\"%<s\")]".formatted(store));
                    lines.add("%s -.- store_%s".formatted(processor.name(), store));
                });
            }
            default -> throw new IllegalArgumentException("not known how to draw " + node);
        }
        for (var next : node.successors()) {
            ids(node).forEach(from -> ids(next).forEach(to -> lines.add(from + " --> " + to)));
        }
    }

    private void drawTopic(String topic) {
        lines.add("topic_%s([\"%<s\"])".formatted(topic));
    }

    private static Stream<String> ids(Node node) {
        return switch (node) {
            case Source source -> source.topicSet().stream().sorted().map(topic -> "topic_" + topic);
            case Sink sink -> Stream.of("topic_" + topic(sink));
            default -> Stream.of(node.name());
        };
    }

    /// Ours are all fixed, not chosen by the record.
    private static String topic(Sink sink) {
        return Objects.requireNonNull(sink.topic());
    }
}
