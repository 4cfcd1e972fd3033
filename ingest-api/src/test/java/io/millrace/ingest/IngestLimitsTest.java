package io.millrace.ingest;

import static io.millrace.embedded.Engine.KAFKA;
import static io.millrace.embedded.Engine.REGISTRY;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.UsesEngines;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@UsesEngines({KAFKA, REGISTRY})
class IngestLimitsTest {
    private static IngestFixture ingest;

    @BeforeAll
    static void start(EmbeddedStack stack) throws Exception {
        ingest = IngestFixture.start(stack, Map.of("MILLRACE_INGEST_RATE_LIMIT", "1", "MILLRACE_IDLE_TIMEOUT_S", "2"));
        ingest.newOrganization("busy");
    }

    @AfterAll
    static void stop() {
        ingest.close();
    }

    @Test
    void aKeyThatSendsTooOftenIsToldWhenToSendAgain() throws Exception {
        HttpResponse<String> refused = ingest.post("/api/v1/events", "busy", "{}");
        for (int i = 0; i < 100 && refused.statusCode() != 429; i++)
            refused = ingest.post("/api/v1/events", "busy", "{}");
        assertThat(refused.body())
                .isEqualTo("{\"status\":429,\"error\":\"Too Many Requests\",\"code\":\"rate_limit_exceeded\"}");
        assertThat(refused.headers().firstValue("X-RateLimit-Limit")).hasValue("1");
        assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).hasValue("0");
        assertThat(refused.headers().firstValue("X-RateLimit-Reset")).hasValue("1");
        assertThat(ingest.post("/api/v1/events", "nobody's", "{}").statusCode()).isEqualTo(401);
    }

    @Test
    void aBodyThatDoesNotComeIsNotWaitedForForever() throws Exception {
        var server = ingest.server();
        try (var slow = new Socket(server.getHost(), server.getPort())) {
            slow.setSoTimeout(30_000);
            slow.getOutputStream().write("""
                    POST /api/v1/events HTTP/1.1
                    Host: localhost
                    Authorization: Bearer busy
                    Content-Type: application/json
                    Content-Length: 1000

                    {"event\"""".replace("\n", "\r\n").getBytes(US_ASCII));
            assertThat(ingest.post("/api/v1/events", "nobody's", "{}").statusCode())
                    .isEqualTo(401);
            assertThat(slow.getInputStream().readAllBytes())
                    .as("closed without an answer")
                    .isEmpty();
        }
    }
}
