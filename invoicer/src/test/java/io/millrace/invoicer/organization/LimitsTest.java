package io.millrace.invoicer.organization;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What nobody may ask too much of: requests in a second, bytes and depth of a body, time to send it.
@ExtendWith(MillraceStack.class)
class LimitsTest {
    private static RunningInvoicer invoicer;
    private static String key;
    private static String slowKey;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(
                stack,
                Map.of(
                        "MILLRACE_RATE_LIMIT", "1",
                        "MILLRACE_RATE_LIMIT_CURRENT_USAGE", "1",
                        "MILLRACE_IDLE_TIMEOUT_S", "2"));
        key = key("busy");
        slowKey = key("slow");
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void aKeyThatAsksTooOftenIsToldWhenToAskAgain() throws IOException {
        var refused = "";
        for (int i = 0; i < 100 && !refused.contains(" 429 "); i++) refused = exchange("GET", "/plans", key, "", 0);
        assertThat(refused.toLowerCase(java.util.Locale.ROOT))
                .contains("x-ratelimit-limit: 1\r", "x-ratelimit-remaining: 0\r", "x-ratelimit-reset: 1\r");
        assertThat(refused)
                .endsWith("{\"status\":429,\"error\":\"Too Many Requests\",\"code\":\"rate_limit_exceeded\"}");
        assertThat(exchange("GET", "/customers/c/current_usage", key, "", 0))
                .as("counted apart")
                .contains(" 404 ")
                .containsIgnoringCase("x-ratelimit-remaining: 0\r");
        assertThat(exchange("GET", "/plans", "nobody's", "", 0))
                .contains(" 401 ")
                .doesNotContain("atelimit");
        for (var other : new String[] {key, invoicer.key()}) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> exchange("GET", "/plans", other, "", 0).contains(" 200 "));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        20000000 | 10 |   413 | Request Entity Too Large
        102      | 51 |   400 | BadRequest: body is not valid JSON
        100      | 50 |   400 | BadRequest: param is missing or the value is empty: plan
        """)
    void aBodyHasItsBounds(int length, int depth, int status, String error) {
        var body = depth == 10 ? "[" : "[".repeat(depth) + "]".repeat(depth);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            var answer = exchange("POST", "/plans", key, body, length);
            assertThat(answer).contains(" " + status + " ");
            assertThat(answer).contains("\"status\":" + status, "\"error\":\"" + error + "\"");
        });
    }

    @Test
    void anAddressIsReadUpTo16KilobytesAndOtherwiseRefusedInTheContractsForm() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(exchange("GET", "/plans?name=" + "n".repeat(16_000), key, "", 0))
                    .contains(" 200 ");
            assertThat(exchange("GET", "/plans?name=" + "n".repeat(17_000), key, "", 0))
                    .contains(" 413 ")
                    .endsWith("{\"status\":413,\"error\":\"Request Entity Too Large\"}");
        });
    }

    @Test
    void aBodyThatDoesNotComeHoldsUpNobody() throws IOException {
        var server = server();
        try (var slow = new Socket(server.getHost(), server.getPort())) {
            slow.setSoTimeout(30_000);
            slow.getOutputStream().write(head("POST", "/plans", slowKey, 100).getBytes(US_ASCII));
            slow.getOutputStream().write("{\"plan\"".getBytes(US_ASCII));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> exchange("GET", "/plans", key, "", 0).contains(" 200 "));
            assertThat(slow.getInputStream().readAllBytes())
                    .as("closed without an answer")
                    .isEmpty();
        }
    }

    private static String key(String name) {
        var made = new ApiClient.Answer[1];
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            made[0] = invoicer.api().post("/api_keys", "{\"api_key\": {\"name\": \"%s\"}}".formatted(name));
            return made[0].status() == 200;
        });
        return made[0].text("api_key.value");
    }

    /// @param length of the body as the request tells it; what is not sent never comes
    private static String exchange(String method, String path, String key, String body, int length) throws IOException {
        var server = server();
        try (var socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write((head(method, path, key, length) + body).getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }

    private static String head(String method, String path, String key, int length) {
        return """
                %s /api/v1%s HTTP/1.1
                Host: localhost
                Authorization: Bearer %s
                Content-Type: application/json
                Content-Length: %d
                Connection: close

                """.formatted(method, path, key, length).replace("\n", "\r\n");
    }

    private static URI server() {
        return invoicer.api().server();
    }
}
