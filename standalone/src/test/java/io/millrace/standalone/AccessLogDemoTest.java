package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.embedded.ChildProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./millrace demo --access-log FILE`, as a person runs it.
class AccessLogDemoTest {
    @Test
    void aLogOfTwoMonthsIsBilledExactlyAndBrokenLinesAreCounted(@TempDir Path directory) throws Exception {
        var log = Files.write(
                directory.resolve("access.log"),
                List.of(
                        line("10.0.0.1", "30/Apr/2026:23:59:59 +0000", "GET /a?x=1 HTTP/1.1", "1000000"),
                        line("10.0.0.1", "01/May/2026:00:00:00 +0000", "GET /a?x=2 HTTP/1.1", "2000000"),
                        line("10.0.0.1", "01/May/2026:01:30:00 +0200", "GET /b HTTP/1.1", "-"),
                        "this is no log line",
                        line("10.0.0.2", "17/May/2026:10:05:03 +0000", "POST /a HTTP/1.1", "512") + " \"broken"));
        try (var demo = ChildProcess.of(Main.class)
                .arguments("demo", "--access-log", log.toString(), "--json")
                .start()) {
            var json = new ObjectMapper().readTree(demo.awaitLine("\"exact\":"));
            assertThat(json.path("exact").booleanValue()).as(demo.tail()).isTrue();
            assertThat(json.path("lines").intValue()).isEqualTo(5);
            assertThat(json.path("unreadable").intValue()).isEqualTo(1);
            assertThat(json.path("clients").path(0).toString())
                    .isEqualTo(
                            "{\"external_subscription_id\":\"10.0.0.1\",\"units\":{\"requests\":3,\"bytes\":3000000,\"paths\":2}}");
            assertThat(json.path("clients").path(1).toString())
                    .isEqualTo(
                            "{\"external_subscription_id\":\"10.0.0.2\",\"units\":{\"requests\":1,\"bytes\":512,\"paths\":1}}");
        }
    }

    private static String line(String client, String time, String request, String size) {
        return "%s - - [%s] \"%s\" 200 %s".formatted(client, time, request, size);
    }
}
