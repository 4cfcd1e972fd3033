package io.millrace.invoicer.event;

import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.subscription.Subscriptions;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Events as the API shows them.
@Singleton
class EventObjects {
    // The contract's milliseconds, and microseconds where an event has them.
    private static final DateTimeFormatter EVENT_TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 3, 6, true)
            .appendLiteral('Z')
            .toFormatter()
            .withZone(ZoneOffset.UTC);

    private final Events events;
    private final Subscriptions subscriptions;

    EventObjects(Events events, Subscriptions subscriptions) {
        this.events = events;
        this.subscriptions = subscriptions;
    }

    /// @param lagoCustomerId null as long as the event is not enriched, like the subscription's
    @Wire
    record EventObject(
            String lagoId,
            String transactionId,
            @Nullable String lagoCustomerId,
            String code,
            String timestamp,
            @Nullable String preciseTotalAmountCents,
            Map<String, String> properties,
            @Nullable String lagoSubscriptionId,
            String externalSubscriptionId,
            String createdAt) {}

    /// In the same order.
    List<EventObject> of(UUID organization, List<TakenEvent> taken) {
        var enrichments = events.enrichments(organization, taken);
        enrichments.values().removeIf(Enrichment::isRetracted);
        var theirs = subscriptions.byId(enrichments.values().stream()
                .map(Enrichment::subscriptionId)
                .distinct()
                .toList());
        return taken.stream()
                .map(event -> {
                    var enrichment = enrichments.get(event.key());
                    var subscription = enrichment == null ? null : theirs.get(enrichment.subscriptionId());
                    return new EventObject(
                            id(organization, event),
                            event.transactionId(),
                            subscription == null
                                    ? null
                                    : subscription.customerId().toString(),
                            event.code(),
                            time(event.timestamp()),
                            event.preciseTotalAmountCents(),
                            event.properties(),
                            enrichment == null
                                    ? null
                                    : enrichment.subscriptionId().toString(),
                            event.externalSubscriptionId(),
                            Shown.time(event.takenAt()));
                })
                .toList();
    }

    /// The same for every record of an event, and the one that its producer was answered with.
    static String id(UUID organization, TakenEvent event) {
        var identity = String.join("/", organization.toString(), event.externalSubscriptionId(), event.transactionId());
        return UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8)).toString();
    }

    static String time(Instant timestamp) {
        return EVENT_TIME.format(timestamp);
    }
}
