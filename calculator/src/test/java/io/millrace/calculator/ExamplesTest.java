package io.millrace.calculator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Worked cases, one file a calculation in `examples/`, each with what its result must contain: a number
/// matches if the result, rounded half up to the expected number's fractional digits, equals it.
class ExamplesTest {

    private static final Set<String> INSTRUCTIONS = Set.of("compare");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    @TestFactory
    Stream<DynamicTest> examples() throws IOException {
        try (var files = Files.list(Path.of("src/test/resources/examples"))) {
            List<DynamicTest> tests = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    JsonNode example = JSON.readTree(line);
                    tests.add(DynamicTest.dynamicTest(example.get("id").asText(), () -> check(line, example)));
                }
            }
            return tests.stream();
        }
    }

    private static void check(String line, JsonNode example) throws IOException {
        JsonNode answer = answer(line);
        JsonNode expected = example.get("expected");
        if (expected.has("error")) {
            assertThat(answer.at("/error/code").asText())
                    .as("%s%nanswer %s", line, answer)
                    .isEqualTo(expected.get("error").asText());
            return;
        }
        List<String> differences = new ArrayList<>();
        compare("result", expected, answer.path("result"), differences);
        assertThat(differences).as("%s%nanswer %s", line, answer).isEmpty();
    }

    private static JsonNode answer(String line) throws IOException {
        var out = new ByteArrayOutputStream();
        new Pipe(new ByteArrayInputStream((line + "\n").getBytes(StandardCharsets.UTF_8)), out).run();
        return JSON.readTree(out.toByteArray());
    }

    private static void compare(String path, JsonNode expected, JsonNode actual, List<String> differences) {
        if (expected.isObject()) {
            expected.fieldNames().forEachRemaining(field -> {
                if (!INSTRUCTIONS.contains(field)) {
                    compare(path + "." + field, expected.get(field), actual.path(field), differences);
                }
            });
        } else if (expected.isArray()) {
            if (!actual.isArray() || actual.size() != expected.size()) {
                differences.add("%s is %s, not %s".formatted(path, actual, expected));
                return;
            }
            for (int i = 0; i < expected.size(); i++) {
                compare("%s[%d]".formatted(path, i), expected.get(i), actual.get(i), differences);
            }
        } else if (!matches(expected, actual)) {
            differences.add("%s is %s, not %s".formatted(path, actual, expected));
        }
    }

    private static boolean matches(JsonNode expected, JsonNode actual) {
        if (expected.isNull()) {
            return actual.isNull();
        }
        if (expected.isBoolean()) {
            return expected.equals(actual);
        }
        try {
            BigDecimal number = new BigDecimal(expected.asText());
            return new BigDecimal(actual.asText())
                            .setScale(Math.max(0, number.scale()), RoundingMode.HALF_UP)
                            .compareTo(number)
                    == 0;
        } catch (NumberFormatException e) {
            return actual.isTextual() && actual.asText().equals(expected.asText());
        }
    }
}
