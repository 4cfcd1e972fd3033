package io.millrace.ingest;

import static io.millrace.embedded.Engine.KAFKA;
import static io.millrace.embedded.Engine.REGISTRY;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.UsesEngines;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

@UsesEngines({KAFKA, REGISTRY})
class ForwardedEventsTest {

    @Test
    void readsOfEventsAreAnsweredByTheInvoicer(EmbeddedStack stack) throws Exception {
        var asked = new LinkedBlockingQueue<String>();
        var invoicer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        invoicer.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            var body = "{\"events\":[]}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        invoicer.start();
        var url = "http://127.0.0.1:" + invoicer.getAddress().getPort();
        try (var ingest = IngestFixture.start(stack, Map.of("INVOICER_URL", url + "/"))) {
            var list = ingest.send("GET", "/api/v1/events?page=2&code=a%20b", "Bearer key", "application/json", "");
            assertThat(list.statusCode()).isEqualTo(404);
            assertThat(list.body()).isEqualTo("{\"events\":[]}");
            assertThat(asked.take()).isEqualTo("GET /api/v1/events?page=2&code=a%20b Bearer key");

            var one = ingest.send("GET", "/api/v1/events/t%2F1", "Bearer key", "application/json", "");
            assertThat(one.body()).isEqualTo("{\"events\":[]}");
            assertThat(asked.take()).isEqualTo("GET /api/v1/events/t%2F1 Bearer key");

            invoicer.stop(0);
            var unanswered = ingest.send("GET", "/api/v1/events", "Bearer key", "application/json", "");
            assertThat(unanswered.statusCode()).isEqualTo(503);
            assertThat(unanswered.body()).isEqualTo("{\"status\":503,\"error\":\"Service Unavailable\"}");
        } finally {
            invoicer.stop(0);
        }
    }
}
