package io.millrace.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.topic.Topic.Cleanup;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

/// What every topic of the catalogue promises.
class TopicsTest {
    @Test
    void eventTopicsAreStampedByTheBrokerAndConfigurationIsNot() {
        for (var topic : Topics.all()) {
            var wanted = switch (topic.cleanup()) {
                case Cleanup.After _ -> Map.entry("message.timestamp.type", "LogAppendTime");
                case Cleanup.Compacted _ -> Map.entry("message.timestamp.type", "CreateTime");
            };
            assertThat(Topics.settings(topic)).as(topic.name()).contains(wanted);
        }
    }

    @Test
    void everyFieldOfEveryTopicIsExplained() {
        for (var topic : Topics.all()) assertExplained(topic.value());
    }

    private static void assertExplained(Schema schema) {
        switch (schema.getType()) {
            case RECORD -> {
                for (var field : schema.getFields()) {
                    assertThat(field.doc())
                            .as(schema.getFullName() + '.' + field.name())
                            .isNotBlank();
                    assertExplained(field.schema());
                }
            }
            case ARRAY -> assertExplained(schema.getElementType());
            case MAP -> assertExplained(schema.getValueType());
            case UNION -> schema.getTypes().forEach(TopicsTest::assertExplained);
            default -> {}
        }
    }
}
