package io.millrace.enricher;

import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.event.RawEvent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// Everything that one organization's events have become, as a reader of committed records sees it; each
/// list in the order of its topic's partitions.
record Ledger(
        List<Accepted> accepted,
        List<EnrichedEvent> enriched,
        List<ExpandedEvent> expanded,
        List<DeadLetter> deadLetters) {

    /// An event that the broker took.
    record Accepted(Place place, RawEvent event) {}

    /// Where an event lies in `events_raw`.
    record Place(int partition, long offset) {
        static Place of(EnrichedEvent event) {
            return new Place(event.getRawPartition(), event.getRawOffset());
        }

        static Place of(ExpandedEvent event) {
            return new Place(event.getRawPartition(), event.getRawOffset());
        }

        static Place of(DeadLetter letter) {
            return new Place(letter.getRawPartition(), letter.getRawOffset());
        }
    }

    static String id(RawEvent event) {
        return id(event.getOrganizationId(), event.getExternalSubscriptionId(), event.getTransactionId());
    }

    static String id(EnrichedEvent event) {
        return id(event.getOrganizationId(), event.getExternalSubscriptionId(), event.getTransactionId());
    }

    static String id(ExpandedEvent event) {
        return id(event.getOrganizationId(), event.getExternalSubscriptionId(), event.getTransactionId());
    }

    static String id(DeadLetter letter) {
        return id(letter.getOrganizationId(), letter.getExternalSubscriptionId(), letter.getTransactionId());
    }

    /// The row that the tables have of an event in a charge.
    static String row(ExpandedEvent event) {
        return id(event) + " in " + event.getChargeId();
    }

    /// What the tables say: by id, the record of the highest version, unless that is a retraction.
    Map<String, EnrichedEvent> enrichedInForce() {
        return inForce(enriched, Ledger::id, EnrichedEvent::getEnrichmentVersion, EnrichedEvent::getIsDeleted);
    }

    /// What the tables say: by id and charge, the record of the highest version, unless that is a
    /// retraction.
    Map<String, ExpandedEvent> expandedInForce() {
        return inForce(expanded, Ledger::row, ExpandedEvent::getEnrichmentVersion, ExpandedEvent::getIsDeleted);
    }

    /// Where the events are that are billed.
    Set<Place> billed() {
        return enrichedInForce().values().stream().map(Place::of).collect(Collectors.toSet());
    }

    /// Where the events are that became dead letters, and were not enriched after all.
    Set<Place> refused() {
        var refused = deadLetters.stream().map(Place::of).collect(Collectors.toCollection(HashSet::new));
        refused.removeAll(billed());
        return refused;
    }

    /// What the tables say, in the words of the [ReferenceEnricher]; of an event that is not billed, why.
    TreeSet<String> rows() {
        var rows = new TreeSet<String>();
        var refused = new HashMap<String, String>();
        for (var letter : deadLetters) {
            refused.put(id(letter), "%s is refused: %s".formatted(letter.getTransactionId(), letter.getReason()));
        }
        enrichedInForce().forEach((id, event) -> {
            refused.remove(id);
            rows.add("%s of %s by %s: %s %s"
                    .formatted(
                            event.getTransactionId(),
                            event.getSubscriptionId(),
                            event.getPlanId(),
                            event.getAggregationType(),
                            event.getValue()));
        });
        for (var event : expandedInForce().values()) {
            rows.add("%s of %s by %s in %s filter %s groups %s revision %d in advance %s: %s"
                    .formatted(
                            event.getTransactionId(),
                            event.getSubscriptionId(),
                            event.getPlanId(),
                            event.getChargeId(),
                            event.getChargeFilterId(),
                            event.getGroupedBy(),
                            event.getPlanRevision(),
                            event.getPayInAdvance(),
                            event.getValue()));
        }
        rows.addAll(refused.values());
        return rows;
    }

    private static String id(String organization, String subscription, String transaction) {
        return organization + "/" + subscription + "/" + transaction;
    }

    private static <T> Map<String, T> inForce(
            List<T> records, Function<T, String> row, ToLongFunction<T> version, Predicate<T> isDeleted) {
        var latest = new HashMap<String, T>();
        for (var record : records) {
            latest.merge(
                    row.apply(record),
                    record,
                    (one, other) -> version.applyAsLong(one) >= version.applyAsLong(other) ? one : other);
        }
        latest.values().removeIf(isDeleted);
        return latest;
    }
}
