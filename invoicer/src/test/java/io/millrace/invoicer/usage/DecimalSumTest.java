package io.millrace.invoicer.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.rating.money.DecimalText;
import io.millrace.rating.money.ShortDecimal;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecimalSumTest {

    @Test
    void nothingIsZero() {
        assertThat(new DecimalSum().total()).isZero();
    }

    @Test
    void aSumIsExactWhateverTheLengthAndScale() {
        var random = new Random(5);
        var sum = new DecimalSum();
        var expected = BigDecimal.ZERO;
        for (int i = 0; i < 10_000; i++) {
            var text = BigDecimal.valueOf(random.nextLong(), random.nextInt(19)).toPlainString();
            if (random.nextBoolean())
                text = text.substring(0, Math.min(text.length(), 12)).replaceFirst("\\.$", "");
            add(sum, text);
            expected = expected.add(new BigDecimal(text));
        }
        assertThat(sum.total()).isEqualByComparingTo(expected);
    }

    @Test
    void itGoesBeyondWhatALongHoldsAndBack() {
        var sum = new DecimalSum();
        for (int i = 0; i < 1_000; i++) add(sum, "99999999999999999");
        assertThat(sum.total()).isEqualByComparingTo("99999999999999999000");
        for (int i = 0; i < 2_000; i++) add(sum, "-99999999999999999");
        assertThat(sum.total()).isEqualByComparingTo("-99999999999999999000");
    }

    private static void add(DecimalSum sum, String text) {
        var bytes = text.getBytes(StandardCharsets.US_ASCII);
        long decimal = ShortDecimal.read(bytes, 0, bytes.length);
        if (decimal != ShortDecimal.NONE) sum.add(decimal);
        else sum.add(Objects.requireNonNull(DecimalText.read(text)));
    }
}
