package io.millrace.invoicer.outbox;

import io.millrace.topic.Topic;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;

/// What a domain tells the streams on its configuration topic.
public interface ConfigurationTopic {
    Topic topic();

    /// The whole value of a key as of now, with its history. Called inside the publisher's snapshot of the
    /// database.
    ///
    /// @param version to be carried in the value
    SpecificRecord value(UUID organizationId, String key, long version);
}
