package io.millrace.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a line of a web server's log becomes, and which lines become nothing.
class AccessLogTest {
    private static final String AGENT = " \"-\" \"Mozilla/5.0\"";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "GET /a/b?c=d HTTP/1.1  | 200 | 512 | /a/b     | 512",
                "GET /a/b HTTP/1.1      | 304 | -   | /a/b     | 0",
                "GET /?q HTTP/1.0       | 200 | 0   | /        | 0",
                "-                      | 408 | -   | -        | 0",
                "GET /say\\\"hi\\\" HTTP/1.1 | 200 | 7 | /say\\\"hi\\\" | 7",
                "GET /say\"hi HTTP/1.1  | 404 | 7   | /say\"hi | 7",
                "\\x16\\x03\\x01        | 400 | 226 | \\x16\\x03\\x01 | 226",
            })
    void aLineCountsARequestItsBytesAndItsPath(String request, int status, String size, String path, String bytes) {
        var line = "10.0.0.1 - - [17/May/2015:10:05:03 +0200] \"" + request + "\" " + status + " " + size + AGENT;
        var usages = AccessLog.parse(line, 7);
        assertThat(usages).extracting(Usage::code).containsExactly("requests", "bytes", "paths");
        assertThat(usages).extracting(Usage::timestamp).containsOnly(Instant.parse("2015-05-17T08:05:03Z"));
        assertThat(usages).extracting(Usage::externalSubscriptionId).containsOnly("10.0.0.1");
        assertThat(usages.get(1).properties()).containsEntry("bytes", bytes);
        assertThat(usages.get(2).properties()).containsEntry("path", path);
        assertThat(usages)
                .extracting(Usage::transactionId)
                .doesNotHaveDuplicates()
                .allMatch(id -> id.contains("_7_"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::1 - frank smith [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1",
                "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1 \"unclosed referrer",
                "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1 \"\" \"a \" b\" [x]",
            })
    void whatFollowsTheSizeMayBeBroken(String line) {
        assertThat(AccessLog.parse(line, 1)).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not a log line",
                "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200",
                "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" OK 1",
                "h - - [32/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1",
                "h - - [17/May/2015:10:05:03] \"GET / HTTP/1.1\" 200 1",
                "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1x",
                " - - [17/May/2015:10:05:03 +0000] GET 200 1",
            })
    void anUnreadableLineBecomesNothing(String line) {
        assertThat(AccessLog.parse(line, 1)).isEmpty();
    }

    @Test
    void aVeryLongLineIsReadLikeAnyOther() {
        var path = "/" + "a\\\"".repeat(50_000);
        var line = "h - - [17/May/2015:10:05:03 +0000] \"GET " + path + " HTTP/1.1\" 200 1";
        assertThat(AccessLog.parse(line, 1).get(2).properties()).containsEntry("path", path);
    }

    @Test
    void unreadableLinesAreCountedAndTheRestIsRead(@TempDir Path directory) throws IOException {
        var file = directory.resolve("access.log");
        Files.write(
                file,
                List.of(
                        "a - - [31/May/2015:23:59:59 -0100] \"GET /1 HTTP/1.1\" 200 10",
                        "gibberish \u00ff",
                        "b - - [17/May/2015:10:05:03 +0000] \"GET /2 HTTP/1.1\" 200 20"),
                StandardCharsets.ISO_8859_1);
        var log = AccessLog.read(file);
        assertThat(log.lines()).isEqualTo(3);
        assertThat(log.unreadable()).containsExactly(2);
        assertThat(log.clients()).containsExactly("a", "b");
        assertThat(log.months()).containsExactly(YearMonth.of(2015, 5), YearMonth.of(2015, 6));
    }
}
