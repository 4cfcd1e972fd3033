package io.millrace.charger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReasonTest {
    @Test
    void theReadmeListsEveryReasonAndNoOtherInTheirOrder() throws IOException {
        List<String> rows;
        try (var lines = Files.lines(Path.of("README.md"))) {
            rows = lines.dropWhile(line -> !line.startsWith("| reason |"))
                    .skip(2)
                    .map(row -> row.split("`")[1])
                    .toList();
        }
        assertThat(rows)
                .isEqualTo(Arrays.stream(Reason.values()).map(Reason::code).toList());
    }
}
