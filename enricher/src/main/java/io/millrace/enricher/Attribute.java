package io.millrace.enricher;

import io.millrace.enricher.ParkedEvents.Parked;
import io.millrace.streams.Configuration;
import io.millrace.streams.Subscriptions;
import java.time.Instant;
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
final class Attribute implements Processor<Object, Object, byte[], Object> {
    private final Configuration configuration;
    private final RawEventReader reader;
    private final ParkingLimits limits;

    private ProcessorContext<byte[], Object> context;
    private Agreements agreements;
    private Repairs repairs;
    private ParkedEvents parked;
    private RememberedIds ids;
    private Tally waiting;
    private long startedAt;
    private Configuration.@Nullable Read lookedUpTo;

    Attribute(Configuration configuration, RawEventReader reader, ParkingLimits limits) {
        this.configuration = configuration;
        this.reader = reader;
        this.limits = limits;
    }

    @Override
    public void init(ProcessorContext<byte[], Object> context) {
        this.context = context;
        this.repairs = Repairs.of(context);
        this.agreements = new Agreements(configuration, Subscriptions.of(context, configuration), repairs);
        this.parked = ParkedEvents.of(context);
        this.ids = RememberedIds.of(context);
        this.waiting = Tally.of(context, Tally.PARKED);
        this.startedAt = context.currentSystemTimeMs();
        // A moment before repair looks: it tells how far what waited has been sent on.
        var first = Instant.ofEpochMilli(startedAt).plus(limits.lookAgain()).minusMillis(1);
        context.schedule(first, limits.lookAgain(), PunctuationType.WALL_CLOCK_TIME, this::lookAgain);
    }

    @Override
    public void process(Record<Object, Object> arrival) {
        switch (arrival.value()) {
            case IncomingEvent event -> take(event);
            case Subscriptions.Change change -> {
                var subscription = (String) arrival.key();
                agreements.forget(subscription);
                parked.ofSubscription(subscription).forEach(this::release);
            }
            default -> throw new IllegalStateException("neither an event nor a change: " + arrival.value());
        }
    }

    private void take(IncomingEvent event) {
        var queue = parked.isEmpty()
                ? null
                : parked.find(event.keyText(), event.event().code());
        if (queue != null) {
            waitBehind(event, queue);
            return;
        }
        switch (agreements.find(event)) {
            case Attribution.Known known -> forward(known);
            case Attribution.Unknown unknown when limits.perSubscription() == 0 -> refuse(event, unknown);
            case Attribution.Unknown unknown ->
                park(event, parked.queue(event.keyText(), event.event().code()));
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
            refuse(
                    event,
                    agreements.find(event) instanceof Attribution.Unknown own ? own : Objects.requireNonNull(missing));
        }
    }

    private void park(IncomingEvent event, ParkedEvents.Queue queue) {
        queue.add(new Parked(event.origin(), ids.remember(event).rememberedAt()));
        waiting.increase();
    }

    private void lookAgain(long now) {
        var read = configuration.read();
        boolean changed = !read.equals(lookedUpTo);
        lookedUpTo = read;
        for (var queue : parked.all()) {
            if (changed || isOverdue(queue.headIngestedAt(), now)) release(queue);
        }
        repairs.noteReleased(read);
    }

    /// Sends on what has become known and refuses what has waited too long, until the head has to wait on.
    ///
    /// @return what the head waits for; null if the queue is empty
    private Attribution.@Nullable Unknown release(ParkedEvents.Queue queue) {
        long now = context.currentSystemTimeMs();
        while (!queue.isEmpty()) {
            var head = queue.head();
            var event = decode(head);
            switch (agreements.find(event)) {
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

    private IncomingEvent decode(Parked waiting) {
        var event = reader.read(waiting.origin().value());
        return new IncomingEvent(event.key(), event, waiting.origin(), waiting.rememberedAt());
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
