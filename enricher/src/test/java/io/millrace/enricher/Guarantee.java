package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.enricher.Ledger.Accepted;
import io.millrace.enricher.Ledger.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What holds of a seller's events once all of them are decided, in whatever order they came, whatever was
/// agreed meanwhile, and whatever failed. Each is fed everything that was sent, everything that was
/// accepted and everything that came out, and names what breaks it.
enum Guarantee {
    NOTHING_IS_LOST {
        @Override
        Stream<String> brokenBy(Seller seller, Ledger ledger, long duplicates) {
            var taken = counts(ledger.accepted(), Accepted::event);
            var decided = new HashSet<>(ledger.enrichedInForce().keySet());
            ledger.deadLetters().forEach(letter -> decided.add(Ledger.id(letter)));
            return Stream.concat(
                    counts(seller.sent(), event -> event).entrySet().stream()
                            .filter(sent -> !sent.getValue().equals(taken.get(sent.getKey())))
                            .map(sent -> "sent %s times, accepted %s times: %s"
                                    .formatted(sent.getValue(), taken.get(sent.getKey()), sent.getKey())),
                    ledger.accepted().stream()
                            .filter(accepted -> !decided.contains(Ledger.id(accepted.event())))
                            .map(accepted -> "neither billed nor refused: " + accepted));
        }
    },

    EVERYTHING_IS_BILLED_ONCE {
        @Override
        Stream<String> brokenBy(Seller seller, Ledger ledger, long duplicates) {
            return Stream.concat(
                    twice(ledger.enriched(), event -> Ledger.id(event) + " version " + event.getEnrichmentVersion()),
                    twice(ledger.expanded(), event -> Ledger.row(event) + " version " + event.getEnrichmentVersion()));
        }
    },

    THE_FIRST_ONE_WINS {
        @Override
        Stream<String> brokenBy(Seller seller, Ledger ledger, long duplicates) {
            var billable = ledger.accepted().stream()
                    .filter(accepted -> ReferenceEnricher.bills(accepted.event(), seller))
                    .collect(Collectors.groupingBy(accepted -> Ledger.id(accepted.event())));
            var refusedOnce = ledger.deadLetters().stream().map(Place::of).collect(Collectors.toSet());
            var rows = new ArrayList<Map.Entry<String, Place>>();
            ledger.enrichedInForce().forEach((row, event) -> rows.add(Map.entry(Ledger.id(event), Place.of(event))));
            ledger.expandedInForce().forEach((row, event) -> rows.add(Map.entry(Ledger.id(event), Place.of(event))));
            return rows.stream()
                    .filter(row -> !mayWin(row.getValue(), billable.getOrDefault(row.getKey(), List.of()), refusedOnce))
                    .map(row -> "%s is billed as of %s".formatted(row.getKey(), row.getValue()));
        }

        /// While the first one was a dead letter, any other one may have taken its id.
        private boolean mayWin(Place place, List<Accepted> billable, Set<Place> refusedOnce) {
            var places = billable.stream().map(Accepted::place).toList();
            return places.contains(place)
                    && (place.equals(places.getFirst()) || refusedOnce.contains(places.getFirst()));
        }
    },

    WHAT_IS_AGREED_IN_THE_END_HOLDS {
        @Override
        Stream<String> brokenBy(Seller seller, Ledger ledger, long duplicates) {
            var rows = ledger.rows();
            var wanted = ReferenceEnricher.rows(seller);
            return Stream.concat(
                    wanted.stream().filter(row -> !rows.contains(row)).map(row -> "missing: " + row),
                    rows.stream().filter(row -> !wanted.contains(row)).map(row -> "too much: " + row));
        }
    },

    EVENTS_KEEP_THEIR_ORDER {
        @Override
        Stream<String> brokenBy(Seller seller, Ledger ledger, long duplicates) {
            var refusedOnce = ledger.deadLetters().stream().map(Place::of).collect(Collectors.toSet());
            var enriched = ledger.enriched().stream()
                    .filter(event -> event.getEnrichmentVersion() == 1 && !refusedOnce.contains(Place.of(event)));
            var expanded = ledger.expanded().stream()
                    .filter(event -> event.getEnrichmentVersion() == 1 && !refusedOnce.contains(Place.of(event)));
            return Stream.concat(
                    overtaken(
                            enriched.toList(),
                            event -> event.getExternalSubscriptionId() + " " + event.getCode(),
                            Place::of),
                    overtaken(
                            expanded.toList(),
                            event -> event.getExternalSubscriptionId() + " " + event.getChargeId(),
                            Place::of));
        }

        private <T> Stream<String> overtaken(List<T> records, Function<T, String> queue, Function<T, Place> placeOf) {
            var last = new HashMap<String, Long>();
            return records.stream()
                    .filter(record -> {
                        long offset = placeOf.apply(record).offset();
                        var before = last.put(queue.apply(record), offset);
                        return before != null && before >= offset;
                    })
                    .map(record -> "after one that came later: " + record);
        }
    },

    THE_BOOKS_ADD_UP {
        @Override
        Stream<String> brokenBy(Seller seller, Ledger ledger, long duplicates) {
            var decided = new HashSet<>(ledger.billed());
            decided.addAll(ledger.refused());
            long rest = ledger.accepted().stream()
                    .filter(accepted -> !decided.contains(accepted.place()))
                    .count();
            return rest == duplicates
                    ? Stream.of()
                    : Stream.of("%d of %d events are neither billed nor refused, and %d were dropped as duplicates"
                            .formatted(rest, ledger.accepted().size(), duplicates));
        }
    };

    private static final int SHOWN = 10;

    /// What breaks it, in words; nothing where it holds.
    ///
    /// @param duplicates of the seller's events, by the enricher's own books
    abstract Stream<String> brokenBy(Seller seller, Ledger ledger, long duplicates);

    /// @param run how to have the same run again, for the message of a failure
    static void assertAll(Seller seller, Ledger ledger, long duplicates, String run) {
        for (var guarantee : values()) {
            assertThat(guarantee.brokenBy(seller, ledger, duplicates).limit(SHOWN))
                    .as("%s, %s", guarantee, run)
                    .isEmpty();
        }
    }

    private static <T, K> Map<K, Long> counts(Collection<T> all, Function<T, K> key) {
        return all.stream().collect(Collectors.groupingBy(key, Collectors.counting()));
    }

    private static <T> Stream<String> twice(List<T> records, Function<T, String> key) {
        return counts(records, key).entrySet().stream()
                .filter(entry -> entry.getValue() > 1)
                .map(entry -> "%d records of %s".formatted(entry.getValue(), entry.getKey()));
    }
}
