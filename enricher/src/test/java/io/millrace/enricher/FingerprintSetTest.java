package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The set does what a map of objects does.
class FingerprintSetTest {
    private static final long SEED = 20260402;

    private record Print(long high, long low) {
        static Print random(SplittableRandom random) {
            return new Print(random.nextLong(), random.nextLong() & ~0xffL);
        }

        /// Many in one place of one segment, across its end: what evenly spread ones hardly ever come to.
        static Print crowded(SplittableRandom random) {
            return new Print(random.nextInt(8) < 4 ? 0x00ffffffffffff00L : 0L, random.nextLong() & ~0xffL);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itAgreesWithAMap(boolean crowded) {
        var random = new SplittableRandom(SEED);
        var set = new FingerprintSet();
        var map = new HashMap<Print, Integer>();
        var known = new ArrayList<Print>();
        for (int i = 0; i < (crowded ? 20_000 : 400_000); i++) {
            int what = random.nextInt(100);
            if (what < 55 || known.isEmpty()) {
                var print = crowded ? Print.crowded(random) : Print.random(random);
                int mark = 1 + random.nextInt(FingerprintSet.MARK_AT_MOST);
                if (map.putIfAbsent(print, mark) == null) {
                    set.add(print.high, print.low, mark);
                    known.add(print);
                }
            } else if (what < 99) {
                int at = random.nextInt(known.size());
                var print = known.get(at);
                // What stands in the lowest bits is nobody's concern.
                assertThat(set.mark(print.high, print.low | random.nextInt(256)))
                        .as("seed %d, step %d", SEED, i)
                        .isEqualTo(map.get(print));
                if (what < 85) {
                    set.remove(print.high, print.low);
                    map.remove(print);
                    known.set(at, known.getLast());
                    known.removeLast();
                    assertThat(set.mark(print.high, print.low)).isEqualTo(FingerprintSet.ABSENT);
                }
            } else if (random.nextInt(10) == 0) {
                int mark = 1 + random.nextInt(FingerprintSet.MARK_AT_MOST);
                set.removeAll(mark);
                map.values().removeIf(other -> other == mark);
                known.removeIf(print -> !map.containsKey(print));
            }
            assertThat(set.size()).isEqualTo(map.size());
        }
        agree(set, map);
    }

    @Test
    void ofManyOnesEachIsFoundAndTakesUpTo27Bytes() {
        var random = new SplittableRandom(SEED);
        var set = new FingerprintSet();
        var all = new ArrayList<Print>();
        for (int i = 1; i <= 1_000_000; i++) {
            var print = Print.random(random);
            set.add(print.high, print.low, 1 + i % 5);
            all.add(print);
            if (i % 100_000 == 0) assertThat((double) set.bytes() / i).isBetween(21.0, 27.5);
        }
        for (int i = 1; i <= all.size(); i++) {
            assertThat(set.mark(all.get(i - 1).high, all.get(i - 1).low)).isEqualTo(1 + i % 5);
        }
        for (int i = 0; i < 100_000; i++) {
            var other = Print.random(random);
            assertThat(set.mark(other.high, other.low)).isEqualTo(FingerprintSet.ABSENT);
        }
    }

    @Test
    void whatIsForgottenGivesItsRoomBack() {
        var random = new SplittableRandom(SEED);
        var set = new FingerprintSet();
        for (int i = 0; i < 100_000; i++) set.add(random.nextLong(), random.nextLong(), 1 + i % 2);

        set.removeAll(1);
        assertThat(set.size()).isEqualTo(50_000);
        set.removeAll(2);
        assertThat(set.size()).isZero();
        assertThat(set.bytes()).isEqualTo(new FingerprintSet().bytes());
    }

    private static void agree(FingerprintSet set, Map<Print, Integer> map) {
        List.copyOf(map.entrySet())
                .forEach(entry -> assertThat(set.mark(entry.getKey().high, entry.getKey().low))
                        .isEqualTo(entry.getValue()));
    }
}
