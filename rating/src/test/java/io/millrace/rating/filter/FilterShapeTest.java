package io.millrace.rating.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.rating.filter.ChargeFilters.ExpandedFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterShapeTest {
    private static final int VALUES = 5;

    /// Up to as many filters as there are bits, of which the last is the sign.
    @ParameterizedTest(name = "{0} filters")
    @ValueSource(ints = {1, 2, 7, 63, 64})
    void thePackedFormAnswersAsTheIndexedOne(int size) {
        Random random = new Random(size);
        for (int round = 0; round < 40; round++) {
            List<FilterKey> keys = List.of(key("a", 1), key("b", 0));
            List<ExpandedFilter> filters = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                filters.add(new ExpandedFilter(3 * i, Map.of("a", values(random), "b", values(random))));
            }
            IndexedShape indexed = IndexedShape.of(keys, filters);
            PackedShape packed = indexed.packed();
            assertThat(packed.size()).isEqualTo(indexed.size());
            for (int a = FilterKey.UNKNOWN; a <= VALUES; a++) {
                for (int b = FilterKey.UNKNOWN; b <= VALUES; b++) {
                    assertThat(packed.match(new int[] {b, a}))
                            .as("round %d, a %d, b %d of %s", round, a, b, filters)
                            .isEqualTo(indexed.match(new int[] {b, a}));
                }
            }
        }
    }

    private static FilterKey key(String name, int position) {
        return FilterKey.of(
                name,
                position,
                new TreeSet<>(
                        IntStream.range(0, VALUES).mapToObj(Integer::toString).toList()));
    }

    private static Set<String> values(Random random) {
        Set<String> values = new TreeSet<>();
        do {
            values.add(Integer.toString(random.nextInt(VALUES)));
        } while (random.nextInt(3) == 0);
        return values;
    }
}
