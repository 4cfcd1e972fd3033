package io.millrace.invoicer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(MillraceStack.class)
class WebhookEndpointTest {
    private static RunningInvoicer invoicer;
    /// Another organization's, on the same database.
    private static RunningInvoicer other;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        var address = Map.of("MILLRACE_API_URL", "https://billing.test");
        invoicer = RunningInvoicer.start(stack, address);
        other = RunningInvoicer.start(stack, address);
    }

    @AfterAll
    static void stop() {
        other.close();
        invoicer.close();
    }

    @Test
    void anEndpointIsMadeChangedAndDeleted() {
        var api = invoicer.api();
        var made = create(api, "http://one.test", "");
        assertThat(made.text("webhook_endpoint.signature_algo"))
                .as("the contract's")
                .isEqualTo("jwt");
        assertThat(made.at("webhook_endpoint.event_types")).as("all").isNull();
        var path = "/webhook_endpoints/" + made.text("webhook_endpoint.lago_id");
        var changed = api.put(path, """
                {"webhook_endpoint": {"signature_algo": "hmac", "name": "One", "event_types": ["customer.created", "*"]}}""");
        assertThat(changed.status()).as(changed.body()).isEqualTo(200);
        assertThat(api.get(path).body()).isEqualTo(changed.body());
        assertThat(changed.text("webhook_endpoint.webhook_url")).isEqualTo("http://one.test");
        assertThat(changed.text("webhook_endpoint.event_types")).isEqualTo("[customer.created, *]");
        assertThat(api.put(
                                path,
                                "{\"webhook_endpoint\": {\"webhook_url\": \"http://one.test\", \"event_types\": null}}")
                        .at("webhook_endpoint.event_types"))
                .isNull();

        create(api, "http://two.test", "");
        assertThat(details(api.put(
                        path,
                        "{\"webhook_endpoint\": {\"webhook_url\": \"http://two.test\", \"signature_algo\": \"md5\"}}")))
                .isEqualTo("{webhook_url=[value_already_exist], signature_algo=[value_is_invalid]}");
        assertThat(details(api.put(
                        path, "{\"webhook_endpoint\": {\"webhook_url\": null, \"event_types\": [\"invoice.eaten\"]}}")))
                .isEqualTo("{webhook_url=[value_is_mandatory], event_types=[invalid_types]}");
        assertThat(details(api.post("/webhook_endpoints", "{\"webhook_endpoint\": {\"event_types\": \"*\"}}")))
                .isEqualTo("{webhook_url=[value_is_mandatory], event_types=[invalid_format]}");

        for (var answer : new ApiClient.Answer[] {
            other.api().get(path),
            other.api().put(path, "{\"webhook_endpoint\": {\"name\": \"x\"}}"),
            other.api().delete(path)
        }) {
            assertThat(answer.text("code")).isEqualTo("webhook_endpoint_not_found");
        }
        assertThat(api.delete(path).status()).isEqualTo(200);
        assertThat(api.get(path).status()).isEqualTo(404);

        for (int i = 0; i < 9; i++) create(api, "http://more.test/" + i, "");
        assertThat(api.get("/webhook_endpoints").text("meta.total_count")).isEqualTo("10");
        assertThat(details(api.post(
                        "/webhook_endpoints", "{\"webhook_endpoint\": {\"webhook_url\": \"http://eleven.test\"}}")))
                .isEqualTo("{base=[exceeded_limit]}");
    }

    @Test
    void aCustomerIsToldByATokenThatThePublicKeyProves() throws Exception {
        var api = other.api();
        record Heard(String algorithm, String token, String body) {}
        var heard = new LinkedBlockingQueue<Heard>();
        var receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            var headers = exchange.getRequestHeaders();
            heard.add(new Heard(
                    headers.getFirst("X-Lago-Signature-Algorithm"),
                    headers.getFirst("X-Lago-Signature"),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        try {
            create(
                    api,
                    "http://localhost:%d/hook".formatted(receiver.getAddress().getPort()),
                    """
                    , "event_types": ["customer.created", "customer.updated"]""");
            api.create("/customers", "{\"customer\": {\"external_id\": \"é\", \"name\": \"\\\"Quoted\\\"\"}}");
            var created = heard.poll(60, TimeUnit.SECONDS);
            api.create("/customers", "{\"customer\": {\"external_id\": \"é\", \"name\": \"Renamed\"}}");
            var updated = heard.poll(60, TimeUnit.SECONDS);
            assertThat(created).isNotNull();
            assertThat(updated).isNotNull();
            assertThat(told(updated.body()).text("webhook_type")).isEqualTo("customer.updated");
            assertThat(told(updated.body()).text("customer.name")).isEqualTo("Renamed");

            assertThat(created.algorithm()).isEqualTo("jwt");
            var parts = created.token().split("\\.");
            assertThat(decoded(parts[0])).isEqualTo("{\"alg\":\"RS256\"}");
            var claims = told(decoded(parts[1]));
            assertThat(claims.text("iss")).isEqualTo("https://billing.test");
            assertThat(claims.text("data")).as("the body").isEqualTo(created.body());
            assertThat(told(created.body()).text("webhook_type")).isEqualTo("customer.created");
            assertThat(told(created.body()).text("customer.external_id")).isEqualTo("é");
            var key = api.get("/webhooks/json_public_key").text("webhook.public_key");
            assertThat(api.get("/webhooks/public_key").body()).isEqualTo(key);
            assertThat(proves(key, parts[0] + "." + parts[1], parts[2])).isTrue();
            assertThat(proves(key, parts[0] + "." + parts[1] + "x", parts[2])).isFalse();
            assertThat(invoicer.api().get("/webhooks/public_key").body())
                    .as("one key for the installation")
                    .isEqualTo(key);
        } finally {
            receiver.stop(0);
        }
    }

    private static boolean proves(String key, String signed, String signature) throws Exception {
        var pem = new String(Base64.getMimeDecoder().decode(key), StandardCharsets.US_ASCII);
        var encoded = pem.replaceAll("-----[A-Z ]+-----", "");
        var verifier = Signature.getInstance("SHA256withRSA");
        verifier.initVerify(KeyFactory.getInstance("RSA")
                .generatePublic(new X509EncodedKeySpec(Base64.getMimeDecoder().decode(encoded))));
        verifier.update(signed.getBytes(StandardCharsets.US_ASCII));
        return verifier.verify(Base64.getUrlDecoder().decode(signature));
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static ApiClient.Answer told(String body) {
        return new ApiClient.Answer(200, body);
    }

    private static ApiClient.Answer create(ApiClient api, String url, String more) {
        return api.create(
                "/webhook_endpoints", "{\"webhook_endpoint\": {\"webhook_url\": \"%s\"%s}}".formatted(url, more));
    }

    private static String details(ApiClient.Answer answer) {
        assertThat(answer.status()).isEqualTo(422);
        return answer.text("error_details");
    }
}
