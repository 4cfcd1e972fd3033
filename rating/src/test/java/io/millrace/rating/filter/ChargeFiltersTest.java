package io.millrace.rating.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChargeFiltersTest {

    private static final Map<String, List<String>> DECLARED = Map.of(
            "steps", List.of("25", "50", "75", "100"),
            "size", List.of("512", "1024"),
            "model", List.of("small", "large"));

    @ParameterizedTest(name = "{0} takes {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            # filters, oldest first                          | event               | taken by
            a size=512                                        | size=512            | a
            a size=512                                        | size=1024           | -
            a size=512                                        | steps=25            | -
            a size=512                                        | ''                  | -
            a size=512 ; b size=512,steps=25                  | size=512 steps=25   | b
            a size=512,steps=25 ; b size=512                  | size=512 steps=25   | a
            a size=512+1024 ; b size=512                      | size=512            | b
            a size=512+1024 ; b size=512                      | size=1024           | a
            a size=* ; b size=512                             | size=512            | b
            a size=* ; b size=512+1024                        | size=512            | a
            a size=*                                          | size=2048           | -
            a size=2048                                       | size=2048           | a
            a size=*+2048                                     | size=2048           | a
            a other=*                                         | other=x             | -
            a size=512 ; b size=512                           | size=512            | a
            b size=512 ; a size=512                           | size=512            | b
            a size=512+1024,steps=25+50 ; b size=512,steps=25+75 | size=512 steps=25 | a
            a size=512+1024,steps=25+50 ; b size=512,steps=25+75 | size=512 steps=75 | b
            a size=512,steps=25+50 ; b size=512+1024,steps=25 | size=512 steps=25   | a
            a size=512 ; b model=large                        | size=512 model=large | a
            a model=large ; b size=512                        | size=512 model=large | a
            old size=512+1024,steps=25+50 ; mid size=512+1024,steps=25+75 ; new size=512,steps=25+50 | size=512 steps=25 | mid
            old size=512+1024,steps=25+50 ; mid size=512+1024,steps=25+75 ; new size=512,steps=25+50 | size=1024 steps=25 | old
            a '' ; b size=512                                 | size=512            | b
            a size=                                           | size=512            | -
            a size=,steps=25 ; b steps=25                     | size=512 steps=25   | b
            """)
    void theMostSpecificFilterTakesTheEvent(String filters, String event, String expected) {
        ChargeFilters compiled = ChargeFilters.compile(DECLARED, filters(filters));

        assertThat(compiled.match(properties(event)).map(ChargeFilter::id).orElse("-"))
                .isEqualTo(expected);
    }

    @Test
    void filtersOfTheSameInstantAreOrderedById() {
        Instant same = Instant.parse("2026-01-01T00:00:00Z");
        ChargeFilters compiled = ChargeFilters.compile(
                DECLARED,
                List.of(
                        new ChargeFilter("b", same, Map.of("size", List.of("512"))),
                        new ChargeFilter("a", same, Map.of("model", List.of("large")))));

        assertThat(compiled.match(Map.of("size", "512", "model", "large")).map(ChargeFilter::id))
                .contains("a");
    }

    @Test
    void aChargeWithoutFiltersTakesEveryEventAtItsDefault() {
        assertThat(ChargeFilters.NONE.match(Map.of("size", "512"))).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void agreesWithANaiveMatcherOnRandomOverlappingFilters(long seed) {
        Random random = new Random(seed);
        List<String> keys = List.of("a", "b", "c", "d", "e").subList(0, 2 + random.nextInt(4));
        List<String> values = List.of("1", "2", "3", "4", "5");
        Map<String, List<String>> declared = new HashMap<>();
        for (String key : keys) {
            declared.put(key, some(values, random, 0));
        }
        for (int round = 0; round < 40; round++) {
            List<ChargeFilter> filters = new ArrayList<>();
            int count = random.nextInt(40);
            for (int i = 0; i < count; i++) {
                Map<String, List<String>> accepted = new LinkedHashMap<>();
                for (String key : some(keys, random, 0)) {
                    List<String> of = some(values, random, random.nextInt(12) == 0 ? 0 : 1);
                    accepted.put(key, random.nextInt(5) == 0 ? List.of(ChargeFilter.ALL_VALUES) : of);
                }
                filters.add(new ChargeFilter("f" + i, Instant.ofEpochSecond(random.nextInt(8)), accepted));
            }
            ChargeFilters compiled = ChargeFilters.compile(declared, filters);
            for (int i = 0; i < 200; i++) {
                Map<String, String> event = new HashMap<>();
                for (String key : some(keys, random, 0)) {
                    event.put(key, random.nextInt(8) == 0 ? "undeclared" : values.get(random.nextInt(values.size())));
                }
                assertThat(compiled.match(event))
                        .as("seed %d, round %d, %s, filters %s, declared %s", seed, round, event, filters, declared)
                        .isEqualTo(naive(declared, filters, event));
            }
        }
    }

    /// The rule as it is written, over all filters.
    private static Optional<ChargeFilter> naive(
            Map<String, List<String>> declared, List<ChargeFilter> filters, Map<String, String> event) {
        List<ChargeFilter> matching = filters.stream()
                .filter(f -> !f.values().isEmpty())
                .filter(f -> f.values().keySet().stream()
                        .allMatch(k ->
                                event.containsKey(k) && expand(declared, f, k).contains(event.getOrDefault(k, ""))))
                .toList();
        int most = matching.stream().mapToInt(f -> f.values().size()).max().orElse(0);
        List<ChargeFilter> largest =
                matching.stream().filter(f -> f.values().size() == most).toList();
        return largest.stream()
                .filter(wide -> largest.stream().noneMatch(narrow -> strictlyNarrower(declared, narrow, wide)))
                .min(Comparator.comparing(ChargeFilter::createdAt).thenComparing(ChargeFilter::id));
    }

    private static boolean strictlyNarrower(
            Map<String, List<String>> declared, ChargeFilter narrow, ChargeFilter wide) {
        if (!narrow.values().keySet().equals(wide.values().keySet())) {
            return false;
        }
        boolean within = narrow.values().keySet().stream()
                .allMatch(k -> expand(declared, wide, k).containsAll(expand(declared, narrow, k)));
        boolean same = narrow.values().keySet().stream()
                .allMatch(k -> expand(declared, wide, k).equals(expand(declared, narrow, k)));
        return within && !same;
    }

    private static Set<String> expand(Map<String, List<String>> declared, ChargeFilter filter, String key) {
        Set<String> values = new TreeSet<>(filter.values().getOrDefault(key, List.of()));
        if (values.remove(ChargeFilter.ALL_VALUES)) {
            values.addAll(declared.getOrDefault(key, List.of()));
        }
        return values;
    }

    private static <T> List<T> some(List<T> of, Random random, int atLeast) {
        List<T> shuffled = new ArrayList<>(of);
        java.util.Collections.shuffle(shuffled, random);
        return List.copyOf(shuffled.subList(0, atLeast + random.nextInt(of.size() - atLeast + 1)));
    }

    /// `a size=512+1024,steps=* ; b size=512`: id, then values by property; the first is the oldest.
    private static List<ChargeFilter> filters(String text) {
        List<ChargeFilter> filters = new ArrayList<>();
        for (String one : text.split(";")) {
            String[] idAndValues = one.strip().split(" ", 2);
            Map<String, List<String>> values = new LinkedHashMap<>();
            if (idAndValues.length > 1 && !idAndValues[1].equals("''")) {
                for (String property : idAndValues[1].split(",")) {
                    String[] keyAndValues = property.split("=", 2);
                    values.put(
                            keyAndValues[0],
                            List.of(keyAndValues[1].split("\\+")).stream()
                                    .filter(value -> !value.isEmpty())
                                    .map(value -> value.equals("*") ? ChargeFilter.ALL_VALUES : value)
                                    .toList());
                }
            }
            filters.add(new ChargeFilter(idAndValues[0], Instant.ofEpochSecond(filters.size()), values));
        }
        return filters;
    }

    private static Map<String, String> properties(String text) {
        return List.of(text.split(" ")).stream()
                .filter(property -> property.contains("="))
                .map(property -> property.split("=", 2))
                .collect(Collectors.toMap(property -> property[0], property -> property[1]));
    }
}
