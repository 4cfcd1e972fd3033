package io.millrace.invoicer.event;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.event.Events.Filters;
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.subscription.Subscriptions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Events, as they were sent and as what became of them. They are sent to the ingest API.
@Controller("/api/v1/events")
@ExecuteOn(TaskExecutors.BLOCKING)
class EventController {
    private static final String RESOURCE = "event";
    private static final String SUBSCRIPTION = "external_subscription_id";

    private final Events events;
    private final EventObjects objects;
    private final EventTraces traces;
    private final Subscriptions subscriptions;

    EventController(Events events, EventObjects objects, EventTraces traces, Subscriptions subscriptions) {
        this.events = events;
        this.objects = objects;
        this.traces = traces;
        this.subscriptions = subscriptions;
    }

    /// Every record that was taken, duplicates included: their traces say which ones count.
    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var page = events.page(caller.organizationId(), filters(caller, request), Paging.of(request));
        var shown = objects.of(caller.organizationId(), page.getContent());
        return Paging.answer("events", shown, page.getPageable(), page.getTotalSize());
    }

    @Get("/{transactionId}")
    Map<String, Object> get(Caller caller, String transactionId, HttpRequest<?> request) {
        var records = firstOf(find(caller, transactionId, request));
        var telling = traces.telling(caller.organizationId(), records);
        return Map.of(
                RESOURCE, objects.of(caller.organizationId(), List.of(telling)).getFirst());
    }

    @Get("/{transactionId}/trace")
    Map<String, Object> trace(Caller caller, String transactionId, HttpRequest<?> request) {
        var found = find(caller, transactionId, request);
        var records = firstOf(found);
        var own = records.getFirst().externalSubscriptionId();
        var others = found.stream()
                .map(TakenEvent::externalSubscriptionId)
                .filter(other -> !other.equals(own))
                .distinct()
                .toList();
        return Map.of("trace", traces.trace(caller.organizationId(), records, others));
    }

    private List<TakenEvent> find(Caller caller, String transactionId, HttpRequest<?> request) {
        var subscription = text(Fields.ofParameters(request).text(SUBSCRIPTION));
        var found = transactionId.isEmpty()
                ? List.<TakenEvent>of()
                : events.taken(caller.organizationId(), subscription, transactionId);
        if (found.isEmpty()) throw new Refusal.NotFound(RESOURCE);
        return found;
    }

    /// Those of the event that came first, of all that share a transaction id.
    private static List<TakenEvent> firstOf(List<TakenEvent> found) {
        var subscription = found.getFirst().externalSubscriptionId();
        return found.stream()
                .filter(record -> record.externalSubscriptionId().equals(subscription))
                .toList();
    }

    private Filters filters(Caller caller, HttpRequest<?> request) {
        var fields = Fields.ofParameters(request);
        var subscription = text(fields.text(SUBSCRIPTION));
        var from = fields.instant("timestamp_from");
        var to = fields.instant("timestamp_to");
        boolean isFromStart = "true".equals(fields.text("timestamp_from_started_at"));
        if (isFromStart && subscription.isEmpty()) fields.violated(SUBSCRIPTION, "value_is_mandatory");
        fields.refuseViolations();
        if (isFromStart) {
            var started = subscriptions.startedAt(caller.organizationId(), subscription);
            from = later(from, started.orElseThrow(() -> new Refusal.NotFound("subscription")));
        }
        return new Filters(
                subscription,
                "",
                text(fields.text("code")),
                from == null ? Events.EARLIEST : from,
                to == null ? Events.LATEST : to);
    }

    private static Instant later(@Nullable Instant one, Instant other) {
        return one != null && one.isAfter(other) ? one : other;
    }

    private static String text(@Nullable String text) {
        return Objects.requireNonNullElse(text, "");
    }
}
