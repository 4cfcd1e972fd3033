package io.millrace.rating.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds for every price list, over random ones of overlapping filters.
class ChargeFiltersLawsTest {

    private static final List<String> VALUES = List.of("1", "2", "3", "4", "5");
    private static final int EVENTS = 200;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void agreesWithTheRuleAsItIsWritten(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            PriceList list = PriceList.random(random, random.nextInt(40));
            ChargeFilters compiled = list.compile();
            for (Map<String, String> event : list.events(random)) {
                assertThat(compiled.match(event))
                        .as("seed %d, round %d, %s, %s", seed, round, event, list)
                        .isEqualTo(naive(list.declared(), list.filters(), event));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void agreesWithTheRuleOverThousandsOfFilters(long seed) {
        Random random = new Random(seed);
        PriceList list = PriceList.random(random, 2_000);
        ChargeFilters compiled = list.compile();
        for (Map<String, String> event : list.events(random).subList(0, 40)) {
            assertThat(compiled.match(event))
                    .as("seed %d, %s", seed, event)
                    .isEqualTo(naive(list.declared(), list.filters(), event));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theOrderInWhichFiltersAreGivenMeansNothing(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            PriceList list = PriceList.random(random, random.nextInt(40));
            ChargeFilters compiled = list.compile();
            ChargeFilters shuffled = list.shuffled(random).compile();
            for (Map<String, String> event : list.events(random)) {
                assertThat(shuffled.match(event))
                        .as("seed %d, round %d, %s, %s", seed, round, event, list)
                        .isEqualTo(compiled.match(event));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void aFilterThatDoesNotMatchChangesNothing(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            PriceList list = PriceList.random(random, 1 + random.nextInt(40));
            ChargeFilter last = list.filters().getLast();
            PriceList without = list.withoutLast();
            ChargeFilters compiled = list.compile();
            ChargeFilters compiledWithout = without.compile();
            for (Map<String, String> event : list.events(random)) {
                if (!matches(list.declared(), last, event)) {
                    assertThat(compiled.match(event))
                            .as("seed %d, round %d, %s, %s", seed, round, event, list)
                            .isEqualTo(compiledWithout.match(event));
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theWildcardIsTheDeclaredValuesWrittenOut(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            PriceList list = PriceList.random(random, random.nextInt(40));
            ChargeFilters compiled = list.compile();
            ChargeFilters writtenOut = list.writtenOut().compile();
            for (Map<String, String> event : list.events(random)) {
                assertThat(writtenOut.match(event).map(ChargeFilter::id))
                        .as("seed %d, round %d, %s, %s", seed, round, event, list)
                        .isEqualTo(compiled.match(event).map(ChargeFilter::id));
            }
        }
    }

    /// A price list of models and regions, one that says "any model" everywhere, and one filter over and
    /// over.
    @Test
    void thousandsOfFiltersAreCompiledInSeconds() {
        List<String> models = IntStream.range(0, 100).mapToObj(i -> "m" + i).toList();
        Map<String, List<String>> declared = Map.of("model", models);
        Map<String, String> event = Map.of("model", "m41", "region", "r73", "tier", "t4173");
        List<String> any = List.of(ChargeFilter.ALL_VALUES);

        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            assertThat(taker(
                            declared,
                            event,
                            i -> Map.of("model", List.of("m" + i / 100), "region", List.of("r" + i % 100))))
                    .contains("f4173");
            assertThat(taker(declared, event, i -> Map.of("model", any, "tier", List.of("t" + i))))
                    .contains("f4173");
            assertThat(taker(declared, event, i -> Map.of("model", any))).contains("f0");
        });
    }

    private static Optional<String> taker(
            Map<String, List<String>> declared,
            Map<String, String> event,
            IntFunction<Map<String, List<String>>> values) {
        List<ChargeFilter> filters = IntStream.range(0, 5_000)
                .mapToObj(i -> new ChargeFilter("f" + i, Instant.ofEpochSecond(i), values.apply(i)))
                .toList();
        return ChargeFilters.compile(declared, filters).match(event).map(ChargeFilter::id);
    }

    /// Filters that often overlap, are equally old, use the wildcard, or lack values.
    private record PriceList(List<String> keys, Map<String, List<String>> declared, List<ChargeFilter> filters) {

        static PriceList random(Random random, int size) {
            List<String> keys = List.of("a", "b", "c", "d", "e").subList(0, 2 + random.nextInt(4));
            Map<String, List<String>> declared = new HashMap<>();
            for (String key : keys) {
                declared.put(key, some(VALUES, random, 0));
            }
            List<ChargeFilter> filters = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                Map<String, List<String>> accepted = new LinkedHashMap<>();
                for (String key : some(keys, random, 0)) {
                    List<String> of = some(VALUES, random, random.nextInt(12) == 0 ? 0 : 1);
                    accepted.put(key, random.nextInt(5) == 0 ? List.of(ChargeFilter.ALL_VALUES) : of);
                }
                filters.add(new ChargeFilter("f" + i, Instant.ofEpochSecond(random.nextInt(8)), accepted));
            }
            return new PriceList(keys, declared, filters);
        }

        ChargeFilters compile() {
            return ChargeFilters.compile(declared, filters);
        }

        PriceList shuffled(Random random) {
            List<ChargeFilter> shuffled = new ArrayList<>(filters);
            Collections.shuffle(shuffled, random);
            return new PriceList(keys, declared, shuffled);
        }

        PriceList withoutLast() {
            return new PriceList(keys, declared, filters.subList(0, filters.size() - 1));
        }

        PriceList writtenOut() {
            return new PriceList(
                    keys,
                    Map.of(),
                    filters.stream()
                            .map(filter -> {
                                Map<String, List<String>> values = new LinkedHashMap<>();
                                for (String key : filter.values().keySet()) {
                                    values.put(key, List.copyOf(expand(declared, filter, key)));
                                }
                                return new ChargeFilter(filter.id(), filter.createdAt(), values);
                            })
                            .toList());
        }

        List<Map<String, String>> events(Random random) {
            List<Map<String, String>> events = new ArrayList<>();
            for (int i = 0; i < EVENTS; i++) {
                Map<String, String> event = new HashMap<>();
                for (String key : some(keys, random, 0)) {
                    event.put(key, random.nextInt(8) == 0 ? "undeclared" : VALUES.get(random.nextInt(VALUES.size())));
                }
                events.add(event);
            }
            return events;
        }
    }

    /// The rule as it is written, over all filters.
    private static Optional<ChargeFilter> naive(
            Map<String, List<String>> declared, List<ChargeFilter> filters, Map<String, String> event) {
        List<ChargeFilter> matching =
                filters.stream().filter(f -> matches(declared, f, event)).toList();
        int most = matching.stream().mapToInt(f -> f.values().size()).max().orElse(0);
        List<ChargeFilter> largest =
                matching.stream().filter(f -> f.values().size() == most).toList();
        return largest.stream()
                .filter(wide -> largest.stream().noneMatch(narrow -> strictlyNarrower(declared, narrow, wide)))
                .min(Comparator.comparing(ChargeFilter::createdAt).thenComparing(ChargeFilter::id));
    }

    private static boolean matches(Map<String, List<String>> declared, ChargeFilter filter, Map<String, String> event) {
        return !filter.values().isEmpty()
                && filter.values().keySet().stream()
                        .allMatch(k -> event.containsKey(k)
                                && expand(declared, filter, k).contains(event.getOrDefault(k, "")));
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
        Collections.shuffle(shuffled, random);
        return List.copyOf(shuffled.subList(0, atLeast + random.nextInt(of.size() - atLeast + 1)));
    }
}
