package io.millrace.invoicer.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.invoicer.deadletter.DeadLetter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Records lie in the right partition 0 unless they are told otherwise; times are seconds.
class FatesTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        it counts                                   | 0-1@5             | 0-1@5    |                | 0-1 enriched
        it waits                                    | 0-1@5             |          |                | 0-1 parked
        it was refused                              | 0-1@5             |          | 0-1@5 at 6     | 0-1 dead_lettered
        it counts no more                           | 0-1@5             | 0-1@5 x  | 0-1@5 at 9     | 0-1 retracted
        it was refused and counts since             | 0-1@5             | 0-1@5    | 0-1@5 at 6     | 0-1 enriched
        the first of three counts                   | 0-1@5 0-2@5 0-9@7 | 0-1@5    |                | 0-1 enriched, 0-2 duplicate of 0-1, 0-9 duplicate of 0-1
        the first of two waits                      | 0-1@5 0-2@6       |          |                | 0-1 parked, 0-2 duplicate of 0-1
        a correction counts                         | 0-1@5 0-2@8       | 0-2@8    | 0-1@5 at 6     | 0-1 dead_lettered, 0-2 enriched
        a correction waits                          | 0-1@5 0-2@8       |          | 0-1@5 at 6     | 0-1 dead_lettered, 0-2 parked
        a correction is refused                     | 0-1@5 0-2@8       |          | 0-1@5 at 6 0-2@8 at 9 | 0-1 dead_lettered, 0-2 dead_lettered
        repeated while the first waited in vain     | 0-1@5 0-2@8       |          | 0-1@5 at 9     | 0-1 dead_lettered, 0-2 duplicate of 0-1
        repeated before it counted no more          | 0-1@5 0-2@6 0-3@20 | 0-3@5   | 0-1@5 at 9     | 0-1 dead_lettered, 0-2 duplicate of 0-1, 0-3 enriched
        re-driven and repeated                      | 0-1@5 0-3@20 0-4@21 | 0-3@5  | 0-1@5 at 9     | 0-1 dead_lettered, 0-3 enriched, 0-4 duplicate of 0-3
        re-driven and waiting                       | 0-1@5 0-3@20      |          | 0-1@5 at 9     | 0-1 dead_lettered, 0-3 parked
        under a wrong key                           | 2-7@5 0-3@6       | 0-3@5    |                | 0-3 enriched, 2-7 sent again as 0-3
        under a wrong key, in the right partition   | 0-2@5 0-3@6       | 0-3@5    |                | 0-2 sent again as 0-3, 0-3 enriched
        under a wrong key, then refused             | 2-7@5 0-3@6       |          | 0-3@5 at 7     | 0-3 dead_lettered, 2-7 sent again as 0-3
        under a wrong key, then waiting             | 2-7@5 0-3@6       |          |                | 0-3 parked, 2-7 sent again as null
        under a wrong key twice                     | 2-7@5 3-3@6       |          | 3-3@5 at 7     | 2-7 sent again as null, 3-3 dead_lettered
        past the horizon at another time            | 0-1@5 0-9@99      | 0-1@5 0-9@99 |            | 0-1 enriched, 0-9 duplicate of 0-1
        past the horizon; the first counts no more  | 0-1@5 0-9@99      | 0-1@5x 0-9@99 | 0-1@5 at 99 | 0-1 retracted, 0-9 enriched
        """)
    void everyRecordHasAFate(String story, String records, String enrichments, String letters, String fates) {
        var told = Fates.of(taken(records), enrichments(enrichments), letters(letters), 0);
        assertThat(told.entrySet().stream()
                        .map(entry -> entry.getKey().place() + " " + words(entry.getValue()))
                        .collect(Collectors.joining(", ")))
                .as(story)
                .isEqualTo(fates);
    }

    private static String words(Fate fate) {
        return switch (fate) {
            case Fate.Duplicate duplicate -> "duplicate of " + duplicate.of();
            case Fate.SentUnderRightKey(var to) -> "sent again as " + to;
            default -> fate.outcome();
        };
    }

    private static List<TakenEvent> taken(String records) {
        var taken = new ArrayList<TakenEvent>();
        for (var record : records.split(" ")) {
            taken.addFirst(
                    new TakenEvent("s", "t", "c", Instant.EPOCH, Map.of(), null, "api", place(record), time(record)));
        }
        return taken;
    }

    private static List<Enrichment> enrichments(String texts) {
        var enrichments = new ArrayList<Enrichment>();
        if (texts == null) return enrichments;
        for (var text : texts.replace(" x", "x").split(" ")) {
            var id = new UUID(0, 0);
            boolean isRetracted = text.endsWith("x");
            var place = text.replace("x", "");
            enrichments.add(new Enrichment(id, id, "count_agg", "1", null, place(place), time(place), 1, isRetracted));
        }
        return enrichments;
    }

    private static List<DeadLetter> letters(String texts) {
        var letters = new ArrayList<DeadLetter>();
        if (texts == null) return letters;
        for (var text : texts.replace(" at ", "#").split(" ")) {
            var parts = text.split("#");
            letters.add(new DeadLetter(
                    place(parts[0]).toString(),
                    "o",
                    "s",
                    "t",
                    "c",
                    Instant.EPOCH,
                    "enricher",
                    "metric_not_found",
                    "a sentence",
                    time(parts[0]),
                    Instant.ofEpochSecond(Long.parseLong(parts[1])),
                    null,
                    null,
                    false,
                    "events_raw",
                    null,
                    new byte[0],
                    0,
                    null));
        }
        return letters;
    }

    private static Place place(String text) {
        var parts = text.split("[-@]");
        return new Place(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
    }

    private static Instant time(String text) {
        return Instant.ofEpochSecond(Long.parseLong(text.split("@")[1]));
    }
}
