package io.millrace.invoicer.webhook;

import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.organization.Organizations;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Delivers webhooks, at least once each, until the endpoint takes them or has refused for days.
///
/// ```
/// pending ──▶ succeeded                   2xx within 30 s
///    │  ▲
///    ▼  │ 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h, then every 12 h
/// retrying ──▶ failed                     after the last attempt, about three days
/// ```
@Singleton
class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    private static final List<Duration> WAITS = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofMinutes(30),
            Duration.ofHours(1),
            Duration.ofHours(3),
            Duration.ofHours(6),
            Duration.ofHours(12),
            Duration.ofHours(12),
            Duration.ofHours(12),
            Duration.ofHours(12),
            Duration.ofHours(12));
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    /// Longer than an attempt takes: a message that was taken by an instance that died is tried again then.
    private static final Duration TAKEN = Duration.ofMinutes(2);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final WebhookRepository webhooks;
    private final WebhookEndpointRepository endpoints;
    private final Organizations organizations;
    private final SigningKey signingKey;
    private final Clocks clocks;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private volatile boolean closed;
    private @Nullable Thread thread;

    Delivery(
            WebhookRepository webhooks,
            WebhookEndpointRepository endpoints,
            Organizations organizations,
            SigningKey signingKey,
            Clocks clocks) {
        this.webhooks = webhooks;
        this.endpoints = endpoints;
        this.organizations = organizations;
        this.signingKey = signingKey;
        this.clocks = clocks;
    }

    @EventListener
    void start(ServerStartupEvent ignored) {
        thread = Thread.ofPlatform().name("webhook-delivery").daemon().start(this::run);
    }

    @PreDestroy
    void close() throws InterruptedException {
        closed = true;
        if (thread != null) {
            thread.interrupt();
            thread.join(Duration.ofSeconds(10));
        }
    }

    private void run() {
        while (!closed) {
            try {
                var now = clocks.system();
                var taken = webhooks.take(now, now.plus(TAKEN));
                // Together, so that one endpoint that does not answer holds up no other.
                try (var attempts = Executors.newVirtualThreadPerTaskExecutor()) {
                    taken.forEach(webhook -> attempts.execute(() -> attempt(webhook)));
                }
                if (taken.isEmpty()) Thread.sleep(BETWEEN_LOOKS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!closed) LOG.warn("webhooks wait to be delivered", e);
                pause();
            }
        }
    }

    private void attempt(Webhook webhook) {
        var answer = send(webhook);
        var now = clocks.system();
        boolean taken = answer != null && answer >= 200 && answer < 300;
        if (taken) webhooks.update(webhook.after("succeeded", null, answer, now));
        else if (webhook.attempts() >= WAITS.size()) webhooks.update(webhook.after("failed", null, answer, now));
        else {
            webhooks.update(webhook.after("retrying", now.plus(WAITS.get(webhook.attempts())), answer, now));
        }
    }

    /// The status that the endpoint answered; null if it did not.
    private @Nullable Integer send(Webhook webhook) {
        var endpoint = endpoints.findById(webhook.endpointId()).orElseThrow();
        var body = webhook.payload().getBytes(StandardCharsets.UTF_8);
        var signature = endpoint.signatureAlgo().equals(WebhookEndpoint.JWT)
                ? signingKey.sign(webhook.payload())
                : sign(body, organizations.get(webhook.organizationId()).hmacKey());
        try {
            var request = HttpRequest.newBuilder(URI.create(endpoint.webhookUrl()))
                    .timeout(TIMEOUT)
                    .header("Content-Type", "application/json")
                    .header("X-Lago-Signature", signature)
                    .header("X-Lago-Signature-Algorithm", endpoint.signatureAlgo())
                    .header("X-Lago-Unique-Key", webhook.id().toString())
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException | IllegalArgumentException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /// Base64 of HMAC-SHA256 over the raw body.
    static String sign(byte[] body, String key) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    private void pause() {
        try {
            if (!closed) Thread.sleep(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
