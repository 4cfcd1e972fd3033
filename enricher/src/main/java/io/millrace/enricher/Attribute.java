package io.millrace.enricher;

import io.millrace.enricher.ParkedEvents.Parked;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.streams.Configuration;
import io.millrace.streams.RegistryPatience;
import io.millrace.streams.Subscriptions;
import io.millrace.topic.Keys;
import java.time.Duration;
import java.util.Objects;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/// Says whose usage an event is: the metric, subscription and plan that held at the event's time. An event for
/// which one of them is not known waits, and with it all later ones of its subscription and code, so that they stay
/// in order.
///
/// A subscription's arrival releases its events at once. For metrics and plans, which arrive elsewhere, the waiting
/// ones are looked at in short intervals of wall-clock time. Who has waited too long becomes a dead letter with
/// what was missing; the wait begins with the ingestion, but not before this task has started: what was agreed
/// while nobody listened gets the same time to arrive.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Attribute implements Processor<String, Object, String, Object> {
    private final Configuration configuration;
    private final AvroDeserializer<RawEvent> events;
    private final RegistryPatience patience;
    private final ParkingLimits limits;
    private final Duration horizon;

    private ProcessorContext<String, Object> context;
    private Subscriptions subscriptions;
    private ParkedEvents parked;
    private RememberedIds ids;
    private Tally waiting;
    private long startedAt;
    private long changesSeen = -1;

    Attribute(
            Configuration configuration,
            AvroDeserializer<RawEvent> events,
            RegistryPatience patience,
            ParkingLimits limits,
            Duration horizon) {
        this.configuration = configuration;
        this.events = events;
        this.patience = patience;
        this.limits = limits;
        this.horizon = horizon;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.subscriptions = Subscriptions.of(context, configuration);
        this.parked = ParkedEvents.of(context);
        this.ids = RememberedIds.of(context, horizon);
        this.waiting = Tally.of(context, Tally.PARKED);
        this.startedAt = context.currentSystemTimeMs();
        context.schedule(limits.lookAgain(), PunctuationType.WALL_CLOCK_TIME, this::lookAgain);
    }

    @Override
    public void process(Record<String, Object> arrival) {
        switch (arrival.value()) {
            case IncomingEvent event -> take(event);
            case Subscriptions.Change change -> {
                subscriptions.forget(arrival.key());
                parked.ofSubscription(arrival.key()).forEach(this::release);
            }
            default -> throw new IllegalStateException("neither an event nor a change: " + arrival.value());
        }
    }

    private void take(IncomingEvent event) {
        var queue = parked.find(event.key(), event.event().getCode());
        if (queue != null) {
            waitBehind(event, queue);
            return;
        }
        switch (attribute(event)) {
            case Attribution.Known known -> forward(known);
            case Attribution.Unknown unknown when limits.perSubscription() == 0 -> refuse(event, unknown);
            case Attribution.Unknown unknown ->
                park(event, parked.queue(event.key(), event.event().getCode()));
        }
    }

    private void waitBehind(IncomingEvent event, ParkedEvents.Queue queue) {
        if (queue.size() < limits.perSubscription()) {
            park(event, queue);
            return;
        }
        var missing = release(queue);
        if (queue.size() < limits.perSubscription()) {
            take(event);
        } else {
            // What it lacks itself, else what those before it lack.
            refuse(event, attribute(event) instanceof Attribution.Unknown own ? own : Objects.requireNonNull(missing));
        }
    }

    private void park(IncomingEvent event, ParkedEvents.Queue queue) {
        queue.add(new Parked(event.origin(), ids.remember(event).rememberedAt()));
        waiting.increase();
    }

    private void lookAgain(long now) {
        long changes = configuration.changes();
        boolean changed = changes != changesSeen;
        changesSeen = changes;
        for (var queue : parked.all()) {
            if (changed || isOverdue(queue.headIngestedAt(), now)) release(queue);
        }
    }

    /// Sends on what has become known and refuses what has waited too long, until the head has to wait on.
    ///
    /// @return what the head waits for; null if the queue is empty
    private Attribution.@Nullable Unknown release(ParkedEvents.Queue queue) {
        long now = context.currentSystemTimeMs();
        while (!queue.isEmpty()) {
            var head = queue.head();
            var event = decode(head);
            switch (attribute(event)) {
                case Attribution.Known known -> {
                    leave(queue);
                    forward(known);
                }
                case Attribution.Unknown unknown
                when isOverdue(head.origin().ingestedAt(), now) -> {
                    leave(queue);
                    refuse(event, unknown);
                }
                case Attribution.Unknown unknown -> {
                    return unknown;
                }
            }
        }
        return null;
    }

    private void leave(ParkedEvents.Queue queue) {
        queue.removeHead();
        waiting.decrease();
    }

    private boolean isOverdue(long ingestedAt, long now) {
        return now - Math.max(ingestedAt, startedAt) >= limits.upTo().toMillis();
    }

    private Attribution attribute(IncomingEvent event) {
        var raw = event.event();
        var organization = raw.getOrganizationId();
        var time = raw.getTimestamp();
        var metric = configuration.metric(organization, raw.getCode(), time);
        if (metric == null) {
            return new Attribution.Unknown(
                    Reason.METRIC_NOT_FOUND,
                    "no billable metric has the code %s at %s".formatted(Refusal.quote(raw.getCode()), time));
        }
        var subscription = subscriptions.at(event.key(), time);
        if (subscription == null) {
            return new Attribution.Unknown(
                    Reason.SUBSCRIPTION_NOT_FOUND,
                    "no subscription %s is in force at %s"
                            .formatted(Refusal.quote(raw.getExternalSubscriptionId()), time));
        }
        var plan = configuration.plan(organization, subscription.getPlanId(), time);
        if (plan == null) {
            return new Attribution.Unknown(
                    Reason.PLAN_NOT_FOUND,
                    "plan %s of subscription %s is not known at %s"
                            .formatted(subscription.getPlanId(), subscription.getSubscriptionId(), time));
        }
        return new Attribution.Known(event, metric, subscription, plan);
    }

    private IncomingEvent decode(Parked waiting) {
        var event = patience.ask(() -> Objects.requireNonNull(
                events.deserialize("events_raw", waiting.origin().value())));
        return new IncomingEvent(
                Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId()),
                event,
                waiting.origin(),
                waiting.rememberedAt());
    }

    private void forward(Attribution.Known known) {
        var event = known.event();
        context.forward(new Record<>(event.key(), known, event.origin().ingestedAt()), EnricherTopology.MEASURE);
    }

    private void refuse(IncomingEvent event, Attribution.Unknown unknown) {
        var refusal = Refusal.of(event, unknown.reason(), unknown.message());
        context.forward(new Record<>(event.key(), refusal, event.origin().ingestedAt()), EnricherTopology.DEAD_LETTER);
    }
}
