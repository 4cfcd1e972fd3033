package io.millrace.ingest;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The two ways to send events: one, and many at once.
///
/// Runs on threads that may block, because an answer waits for the broker.
@Controller("/api/v1/events")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@ExecuteOn(TaskExecutors.BLOCKING)
final class IngestEvents {
    private static final String SCHEME = "Bearer ";

    private final IngestSettings settings;
    private final ApiKeys keys;
    private final EventPublisher publisher;
    private final IngestMeters meters;
    private final RequestLimit limit;
    private final InstantSource clock = InstantSource.system();

    IngestEvents(
            IngestSettings settings, ApiKeys keys, EventPublisher publisher, IngestMeters meters, RequestLimit limit) {
        this.settings = settings;
        this.keys = keys;
        this.publisher = publisher;
        this.meters = meters;
        this.limit = limit;
    }

    @Post
    HttpResponse<byte[]> one(HttpRequest<?> request, @Body byte[] body) {
        var organization = authenticate(request);
        var now = clock.instant();
        var outcome = store(List.of(EventReader.one(content(body), organization, now)));
        if (!outcome.refused().isEmpty()) {
            throw new IngestRefusal.Invalid(outcome.refused().getOrDefault("0", Map.of()), List.of());
        }
        return HttpResponse.ok(Answers.event(outcome.accepted().getFirst(), now));
    }

    /// Stores what is good of a batch; the answer is a success only if all is.
    @Post("/batch")
    HttpResponse<byte[]> batch(HttpRequest<?> request, @Body byte[] body) {
        var organization = authenticate(request);
        var now = clock.instant();
        var outcome = store(EventReader.batch(content(body), organization, now, settings.eventsPerBatch()));
        if (!outcome.refused().isEmpty()) {
            throw new IngestRefusal.Invalid(
                    outcome.refused(),
                    outcome.accepted().stream()
                            .map(accepted -> accepted.event().getTransactionId())
                            .toList());
        }
        return HttpResponse.ok(Answers.events(outcome.accepted(), now));
    }

    /// @param refused errors by the event's index
    private record Outcome(List<Submission.Accepted> accepted, Map<String, Map<String, List<String>>> refused) {}

    private Outcome store(List<Submission> submissions) {
        var accepted = new ArrayList<Submission.Accepted>();
        var encoded = new ArrayList<EventPublisher.Encoded>();
        var refused = new LinkedHashMap<String, Map<String, List<String>>>();
        for (var index = 0; index < submissions.size(); index++) {
            switch (submissions.get(index)) {
                case Submission.Refused refusal -> refused.put(Integer.toString(index), refusal.errors());
                case Submission.Accepted good -> {
                    var record = publisher.encode(good.event());
                    if (record.fits()) {
                        accepted.add(good);
                        encoded.add(record);
                    } else {
                        refused.put(Integer.toString(index), Map.of("event", List.of("value_is_too_long")));
                    }
                }
            }
        }
        publisher.publish(encoded);
        meters.stored(accepted.size(), refused.size());
        return new Outcome(accepted, refused);
    }

    private String authenticate(HttpRequest<?> request) {
        var header = request.getHeaders().getAuthorization().orElse("");
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new IngestRefusal.Unauthorized();
        }
        var key = header.substring(SCHEME.length()).strip();
        var organization = keys.organizationOf(key);
        limit.count(request, key);
        return organization;
    }

    private byte[] content(byte[] body) {
        if (body.length > settings.bodySize()) throw new IngestRefusal.TooLarge();
        return body;
    }
}
