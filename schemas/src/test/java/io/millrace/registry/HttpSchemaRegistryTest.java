package io.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpSchemaRegistryTest {
    private static final String UNKNOWN = "{\"error_code\": 40403, \"message\": \"Schema not found\"}";
    private static final String KNOWN = "{\"schema\": \"{\\\"type\\\": \\\"string\\\"}\"}";

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicBoolean known = new AtomicBoolean();
    private HttpServer server;
    private SchemaRegistry registry;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/schemas/ids/7", exchange -> {
            asked.incrementAndGet();
            var body = (known.get() ? KNOWN : UNKNOWN).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(known.get() ? 200 : 404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        registry =
                HttpSchemaRegistry.of("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void manyRecordsOfAnUnknownSchemaAreFewRequests() {
        long started = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            assertThatThrownBy(() -> registry.byId(7))
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            refusal -> assertThat(refusal.code()).isEqualTo(40403));
        }
        long tenths = (System.nanoTime() - started) / 100_000_000;
        assertThat(asked.get()).isLessThanOrEqualTo(Math.toIntExact(tenths) + 1);
    }

    @Test
    void aSchemaIsKnownSoonAfterItsRegistration() {
        assertThatThrownBy(() -> registry.byId(7)).isInstanceOf(RegistryException.class);
        known.set(true);
        await().ignoreExceptionsInstanceOf(RegistryException.class)
                .until(() -> registry.byId(7).getType() == Schema.Type.STRING);
        registry.byId(7);
        assertThat(asked.get()).isEqualTo(2);
    }
}
