package io.millrace.invoicer.event;

import io.millrace.invoicer.deadletter.DeadLetter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells what became of each record of one event, from what is stored of it. Pure.
///
/// ```
///  its place is an enrichment's ─▶ enriched, or retracted; of several that hold, all but the first: duplicate
///  its place is a dead letter's ─▶ dead-lettered
///  not the partition of its key ─▶ sent under the right key
///  an earlier one had the id    ─▶ duplicate: that one counts, waits, or was refused after this one came
///  taken when a later one was   ─▶ sent under the right key
///  none of these                ─▶ parked
/// ```
final class Fates {
    private final Map<Place, Enrichment> enrichments = new HashMap<>();
    private final Map<Place, DeadLetter> letters = new HashMap<>();
    private final int rightPartition;
    private final Map<TakenEvent, Fate> fates = new LinkedHashMap<>();

    private Fates(Collection<Enrichment> enrichments, Collection<DeadLetter> letters, int rightPartition) {
        for (var enrichment : enrichments) this.enrichments.put(enrichment.place(), enrichment);
        for (var letter : letters) this.letters.merge(place(letter), letter, Fates::later);
        this.rightPartition = rightPartition;
    }

    /// @param records of one event
    /// @param enrichments last versions, one for each time that the event bears
    /// @param letters that were records of `events_raw`
    /// @param rightPartition where records of its subscription belong
    /// @return in the order of place, those of the right partition first
    static Map<TakenEvent, Fate> of(
            Collection<TakenEvent> records,
            Collection<Enrichment> enrichments,
            Collection<DeadLetter> letters,
            int rightPartition) {
        var fates = new Fates(enrichments, letters, rightPartition);
        var ordered = new ArrayList<>(records);
        ordered.sort(Comparator.<TakenEvent, Boolean>comparing(
                        record -> record.place().partition() != rightPartition)
                .thenComparing(TakenEvent::place));
        for (var record : ordered) fates.fates.put(record, fates.fate(record));
        return fates.fates;
    }

    private Fate fate(TakenEvent record) {
        var place = record.place();
        var enrichment = enrichments.get(place);
        if (enrichment != null) {
            if (enrichment.isRetracted()) return new Fate.Retracted(enrichment);
            var first = firstThatHolds();
            return place.equals(first) ? new Fate.Enriched(enrichment) : new Fate.Duplicate(first, enrichment);
        }
        var letter = letters.get(place);
        if (letter != null) return new Fate.DeadLettered(letter);
        if (place.partition() != rightPartition) return new Fate.SentUnderRightKey(takenWith(record));
        for (var earlier : List.copyOf(fates.keySet())) {
            if (earlier.place().isBefore(place) && hadTheId(earlier, record.takenAt())) {
                return new Fate.Duplicate(earlier.place(), null);
            }
        }
        var sentAgain = takenWith(record);
        return sentAgain == null ? new Fate.Parked() : new Fate.SentUnderRightKey(sentAgain);
    }

    /// As `duplicate_events` tells it.
    private Place firstThatHolds() {
        return enrichments.values().stream()
                .filter(enrichment -> !enrichment.isRetracted())
                .map(Enrichment::place)
                .min(Comparator.comparingLong(Place::offset).thenComparing(Place::partition))
                .orElseThrow();
    }

    /// An id belongs to the first record that counts or waits; one that is refused frees it.
    private boolean hadTheId(TakenEvent earlier, Instant time) {
        return switch (fates.get(earlier)) {
            case Fate.Enriched _, Fate.Parked _ -> true;
            case Fate.Retracted _, Fate.DeadLettered _ -> {
                var letter = letters.get(earlier.place());
                yield letter != null && !letter.deadLetteredAt().isBefore(time);
            }
            case Fate.Duplicate _, Fate.SentUnderRightKey _ -> false;
            case null -> throw new IllegalStateException("fates are told in order");
        };
    }

    /// What a record was sent again as bears the time of its first ingestion.
    private @Nullable Place takenWith(TakenEvent record) {
        var candidates = new ArrayList<Place>();
        for (var enrichment : enrichments.values()) {
            if (enrichment.ingestedAt().equals(record.takenAt())) candidates.add(enrichment.place());
        }
        for (var letter : letters.values()) {
            if (letter.ingestedAt().equals(record.takenAt())) candidates.add(place(letter));
        }
        return candidates.stream()
                .filter(place -> place.partition() == rightPartition)
                .filter(place -> record.place().partition() != rightPartition
                        || record.place().isBefore(place))
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    private static Place place(DeadLetter letter) {
        var parts = letter.id().split("-", 2);
        return new Place(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
    }

    private static DeadLetter later(DeadLetter one, DeadLetter other) {
        return one.deadLetteredAt().isBefore(other.deadLetteredAt()) ? other : one;
    }
}
