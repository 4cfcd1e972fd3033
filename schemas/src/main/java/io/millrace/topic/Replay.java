package io.millrace.topic;

/// Raw events that are enriched once more, beside those that come: on topics of its own, which are named as those
/// in use behind a prefix.
///
/// On its `events_raw` each record lies in the partition where it lay, bears the time at which the broker took it,
/// and tells its offset ([Headers#RAW_OFFSET]), so that what is made of it is the row that it was.
///
/// @param prefix of all its topics and of the enricher that does it, such as
/// `millrace-clickhouse-rebuild-4f0c12ab34cd_replay-`
public record Replay(String prefix) {
    /// The name of its own topic of a kind.
    public String topic(Topic topic) {
        return prefix + topic.name();
    }

    /// Application id of its enricher, and so the name of the consumer group.
    public String applicationId() {
        return prefix + "enricher";
    }
}
