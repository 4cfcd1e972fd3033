package io.millrace.rating.money;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalTextTest {
    private static final String CHARACTERS = "0123456789012345678900.-+e ü";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-0",
                "0.00",
                "7",
                "-7.25",
                "1.",
                ".5",
                "-.5",
                "-",
                ".",
                "1.2.3",
                "--1",
                "1-",
                "+1",
                "1e3",
                " 1 ",
                "٣",
                "999999999999999999",
                "9999999999999999999",
                "-99999999999999999.9",
                "-99999999999999999999.999999999999999999"
            })
    void aPartOfSomeBytesIsReadAsItsText(String text) {
        requireSame(text);
    }

    @Test
    void soIsAnyText() {
        var random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            var text = new StringBuilder();
            for (int length = random.nextInt(24); length > 0; length--) {
                text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length() - random.nextInt(8))));
            }
            requireSame(text.toString());
        }
    }

    private static void requireSame(String text) {
        var bytes = ("12" + text + "34").getBytes(StandardCharsets.UTF_8);
        assertThat(DecimalText.read(bytes, 2, bytes.length - 2)).as(text).isEqualTo(DecimalText.read(text));
    }
}
