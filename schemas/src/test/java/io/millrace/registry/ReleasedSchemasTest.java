package io.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Today's schemas read what the last release wrote (BACKWARD), so that consumers are upgraded before producers.
///
/// `src/test/resources/released` holds the schemas of the last release; a release replaces them by
/// `cp src/main/avro/*.avsc src/test/resources/released/`. Between releases they stay as they are.
class ReleasedSchemasTest {
    private static final Path RELEASED = Path.of("src/test/resources/released");

    static Iterable<Topic> topics() {
        return Topics.all();
    }

    @ParameterizedTest
    @MethodSource("topics")
    void readsWhatTheLastReleaseWrote(Topic topic) throws IOException {
        var released = new Schema.Parser().parse(Files.readString(RELEASED.resolve(fileName(topic))));
        var result = SchemaCompatibility.checkReaderWriterCompatibility(topic.value(), released);
        assertThat(result.getType())
                .as("%s is not BACKWARD compatible: %s", topic.name(), result.getResult())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    /// Such as `raw_event.avsc` for `RawEvent`.
    private static String fileName(Topic topic) {
        return topic.value().getName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(java.util.Locale.ROOT)
                + ".avsc";
    }
}
