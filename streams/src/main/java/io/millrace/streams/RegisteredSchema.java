package io.millrace.streams;

import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;

/// The id under which the registry knows the schema of a topic's values; registered at the first use. Safe for use by
/// many threads.
public final class RegisteredSchema {
    private static final int UNKNOWN = -1;

    private final SchemaRegistry registry;
    private final Topic topic;
    private final RegistryPatience patience;
    private volatile int id = UNKNOWN;

    public RegisteredSchema(SchemaRegistry registry, Topic topic, RegistryPatience patience) {
        this.registry = registry;
        this.topic = topic;
        this.patience = patience;
    }

    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    public int id() {
        int known = id;
        if (known == UNKNOWN) {
            known = patience.ask(() -> registry.register(topic.subject(), topic.value()));
            id = known;
        }
        return known;
    }
}
