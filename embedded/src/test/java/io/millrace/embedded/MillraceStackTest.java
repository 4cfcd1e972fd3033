package io.millrace.embedded;

import static io.millrace.embedded.Engine.KAFKA;
import static io.millrace.embedded.Engine.REGISTRY;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

@UsesEngines({KAFKA, REGISTRY})
class MillraceStackTest {

    @Test
    void aTestFindsAllTopicsOfTheCatalogue(EmbeddedStack stack) throws Exception {
        try (var admin = Admin.create(
                Map.<String, Object>of("bootstrap.servers", stack.kafka().bootstrapServers()))) {
            assertThat(admin.listTopics().names().get())
                    .containsAll(Topics.all().stream().map(Topic::name).toList());
        }
    }

    @Test
    void allClassesOfAJvmShareOneStack(EmbeddedStack stack) {
        assertThat(MillraceStack.with(KAFKA)).isSameAs(stack);
        assertThat(stack.environment()).containsKeys("KAFKA_BOOTSTRAP_SERVERS", "SCHEMA_REGISTRY_URL");
    }
}
