package io.millrace.invoicer.audit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.json.JsonMapper;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.millrace.audit.ApiLog;
import io.millrace.invoicer.organization.Caller;
import io.millrace.topic.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes answered requests to `api_logs`, beside the requests: none waits for it, and none fails by it.
///
/// ```
/// answered ─▶ queue of 1000 ─▶ one thread: without secrets, bounded ─▶ api_logs
///               └─ full: lost, and counted
/// ```
///
/// What is queued or on its way when the process is killed is lost, as is what the broker has not taken within 10 s:
/// this
/// log says what happened, it proves nothing. The proof of a change is in `activity_logs`.
@Singleton
class ApiLogWriter {
    private static final Logger LOG = LoggerFactory.getLogger(ApiLogWriter.class);
    private static final int LONGEST_PATH = 2_000;
    private static final int LONGEST_NAME = 255;
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final BlockingQueue<Answered> queue = new ArrayBlockingQueue<>(1_000);
    private final AuditTopics topics;
    private final JsonMapper json;
    private final Counter lost;
    private volatile boolean closed;
    private @Nullable Thread thread;

    ApiLogWriter(AuditTopics topics, JsonMapper json, MeterRegistry meters) {
        this.topics = topics;
        this.json = json;
        this.lost = Counter.builder("millrace_api_logs_lost")
                .description("Requests that are not in api_logs, because the broker did not take them in time")
                .register(meters);
    }

    /// A request and its answer.
    ///
    /// @param uri path with query
    /// @param body as it was sent
    /// @param answer what was answered, without secrets that are shown once; null where it is not kept
    record Answered(
            Caller caller,
            String method,
            String uri,
            String origin,
            String client,
            byte @Nullable [] body,
            @Nullable Object answer,
            int status,
            Instant at) {}

    void take(Answered answered) {
        if (!queue.offer(answered)) lost.increment();
    }

    @EventListener
    void start(ServerStartupEvent ignored) {
        thread = Thread.ofPlatform().name("api-logs").daemon().start(this::run);
    }

    @PreDestroy
    void close() throws InterruptedException {
        closed = true;
        if (thread != null) thread.join(GRACE);
    }

    private void run() {
        try {
            while (!closed || !queue.isEmpty()) {
                var answered = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                if (answered != null) write(answered);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Answered answered) {
        try {
            var entry = log(answered);
            var unused = topics.send(Topics.API_LOGS, entry.getOrganizationId(), entry, (place, failure) -> {
                if (failure != null) lost.increment();
            });
        } catch (IOException | RuntimeException e) {
            lost.increment();
            LOG.warn("a request is not logged: {}", e.toString());
        }
    }

    private ApiLog log(Answered answered) throws IOException {
        var answer = answered.answer() == null
                ? null
                : answered.answer() instanceof byte[] bytes ? bytes : json.writeValueAsBytes(answered.answer());
        return ApiLog.newBuilder()
                .setOrganizationId(answered.caller().organizationId().toString())
                .setRequestId(UUID.randomUUID().toString())
                .setApiKeyId(answered.caller().apiKeyId().toString())
                .setClient(cut(answered.client(), LONGEST_NAME))
                .setHttpMethod(answered.method().toLowerCase(Locale.ROOT))
                .setRequestPath(cut(Secrets.removedFromAddress(answered.uri()), LONGEST_PATH))
                .setRequestOrigin(cut(answered.origin(), LONGEST_NAME))
                .setRequestBody(LoggedBody.of(answered.body()))
                .setRequestResponse(LoggedBody.of(answer))
                .setHttpStatus(answered.status())
                .setLoggedAt(answered.at())
                .build();
    }

    private static String cut(String text, int longest) {
        return text.length() > longest ? text.substring(0, longest) + "…" : text;
    }
}
