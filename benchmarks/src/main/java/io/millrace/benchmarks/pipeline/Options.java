package io.millrace.benchmarks.pipeline;

import io.millrace.enricher.StreamUnderTest.Kind;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What to measure.
///
/// @param events measured in every round; from 1,000: fewer come and go in one transaction
/// @param warmUp events before them in every round
/// @param rounds of each kind; the middle one of each number counts
/// @param kinds in every round, in this order
/// @param json whether standard output gets one line for programs, and nothing else
/// @param profile file for a recording of the enricher's last round (JFR); null for none
record Options(
        int events,
        int warmUp,
        int rounds,
        Set<Kind> kinds,
        boolean json,
        @Nullable Path profile) {

    /// Reads the words after `bench pipeline`.
    ///
    /// @throws IllegalArgumentException saying what is wrong
    static Options parse(List<String> words) {
        int events = 3_000_000;
        int warmUp = 5_000_000;
        int rounds = 3;
        Set<Kind> kinds = EnumSet.allOf(Kind.class);
        boolean json = false;
        Path profile = null;
        for (var word = words.iterator(); word.hasNext(); ) {
            var option = word.next();
            if (option.equals("--json")) {
                json = true;
                continue;
            }
            if (!word.hasNext()) throw new IllegalArgumentException(option + " is unknown or needs a value");
            var value = word.next();
            switch (option) {
                case "--events" -> events = number(option, value, 1_000, 100_000_000);
                case "--warm-up" -> warmUp = number(option, value, 0, 100_000_000);
                case "--rounds" -> rounds = number(option, value, 1, 100);
                case "--only" -> kinds = Set.of(kind(value));
                case "--profile" -> profile = Path.of(value).toAbsolutePath();
                default -> throw new IllegalArgumentException("bench pipeline has no option '" + option + "'");
            }
        }
        return new Options(events, warmUp, rounds, kinds, json, profile);
    }

    static int number(String option, String text, int from, int to) {
        int number = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
        if (number < from || number > to) {
            throw new IllegalArgumentException(
                    "%s takes a whole number from %d to %d, not '%s'".formatted(option, from, to, text));
        }
        return number;
    }

    private static Kind kind(String text) {
        return switch (text) {
            case "null" -> Kind.NULL;
            case "dedup" -> Kind.NULL_WITH_DEDUP;
            case "enricher" -> Kind.ENRICHER;
            default -> throw new IllegalArgumentException("--only takes null, dedup or enricher, not '" + text + "'");
        };
    }
}
