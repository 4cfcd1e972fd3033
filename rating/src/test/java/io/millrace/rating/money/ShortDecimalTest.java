package io.millrace.rating.money;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShortDecimalTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"0", "7", "-7", "12.50", "-0.01", "99999999999999999", "-99999999999999999", "0.000000000000001"
            })
    void whatIsPlainAndShortIsTheSameNumber(String text) {
        long decimal = read(text);
        assertThat(ShortDecimal.toBigDecimal(decimal)).isEqualByComparingTo(text);
        assertThat(ShortDecimal.scale(decimal))
                .isEqualTo(new BigDecimal(text).scale())
                .isLessThanOrEqualTo(ShortDecimal.MAX_SCALE);
        assertThat(ShortDecimal.unscaled(decimal))
                .isEqualTo(new BigDecimal(text).unscaledValue().longValueExact());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                ".",
                "1.",
                ".5",
                "1.2.3",
                "+1",
                "1e3",
                " 1",
                "x",
                "100000000000000000",
                "0.0000000000000001"
            })
    void nothingElseIs(String text) {
        assertThat(read(text)).isEqualTo(ShortDecimal.NONE);
    }

    @Test
    void ofOneScaleTheLargerNumberIsTheLargerLong() {
        var random = new Random(11);
        for (int i = 0; i < 100_000; i++) {
            int scale = random.nextInt(ShortDecimal.MAX_SCALE + 1);
            var one = BigDecimal.valueOf(random.nextLong(-1_000_000_000_000_000L, 1_000_000_000_000_000L), scale);
            var other = BigDecimal.valueOf(one.unscaledValue().longValueExact() + random.nextInt(-2, 3), scale);
            assertThat(Long.compare(read(one.toPlainString()), read(other.toPlainString())))
                    .as("%s, %s", one, other)
                    .isEqualTo(one.compareTo(other));
        }
    }

    private static long read(String text) {
        var bytes = ("12" + text + "34").getBytes(StandardCharsets.US_ASCII);
        return ShortDecimal.read(bytes, 2, bytes.length - 2);
    }
}
