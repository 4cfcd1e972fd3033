package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RecentlyUsedTest {
    private static final int ROOM = 10;

    @Test
    void whatIsUsedStaysAndWhatIsNotUsedGoes() {
        var kept = new RecentlyUsed<Integer, String>(ROOM);
        for (int key = 0; key < 1000; key++) {
            kept.put(key, "v" + key);
            assertThat(kept.get(0)).as("used after %d others", key).isEqualTo("v0");
        }
        assertThat(List.of(1, 500, 989))
                .allSatisfy(key -> assertThat(kept.get(key)).isNull());
    }

    /// Whatever is kept is what was put last and not removed; a half of the room is always there; all of it is
    /// never exceeded.
    @RepeatedTest(20)
    void itNeverSaysWhatDoesNotHold(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        var kept = new RecentlyUsed<Integer, Integer>(ROOM);
        var all = new HashMap<Integer, Integer>();
        for (int step = 0; step < 5_000; step++) {
            int key = random.nextInt(30);
            switch (random.nextInt(5)) {
                case 0 -> {
                    kept.remove(key);
                    all.remove(key);
                }
                case 1, 2 -> {
                    kept.put(key, step);
                    all.put(key, step);
                    assertThat(kept.get(key)).isEqualTo(step);
                }
                default -> {
                    var value = kept.get(key);
                    if (value != null)
                        assertThat(value).as("seed %s", repetition).isEqualTo(all.get(key));
                }
            }
        }
        var found = new HashSet<Integer>();
        for (int key = 0; key < 30; key++) {
            if (kept.get(key) != null) found.add(key);
        }
        assertThat(found).hasSizeBetween(1, ROOM);
    }

    @Test
    void aRoomForNothingIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RecentlyUsed<>(1))
                .withMessageContaining("1");
    }
}
