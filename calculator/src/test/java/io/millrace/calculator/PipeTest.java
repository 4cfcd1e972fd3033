package io.millrace.calculator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipeTest {

    @Test
    void aLineThatIsNotACaseIsNamedByItsNumberAndTheRunGoesOn() throws IOException {
        List<String> answers = answers("""
                not json
                [1]

                {"id": "a", "calc": "astrology", "input": {}}
                {"id": 7}
                {"id": "b", "calc": "filter"}
                {"id": "c", "calc": "filter", "input": {}} trailing
                """);
        assertThat(answers).hasSize(6);
        assertThat(answers.get(0))
                .startsWith("{\"line\":1,\"error\":{\"code\":\"unreadable\",\"message\":\"is not JSON");
        assertThat(answers.get(1))
                .isEqualTo("{\"line\":2,\"error\":{\"code\":\"unreadable\",\"message\":\"case: is not an object\"}}");
        assertThat(answers.get(2))
                .startsWith("{\"id\":\"a\",\"calc\":\"astrology\",\"error\":{\"code\":\"unknown_calc\"");
        assertThat(answers.get(3)).contains("\"id\":7", "\"value_is_mandatory\"", "calc: is missing");
        assertThat(answers.get(4)).contains("\"value_is_mandatory\"", "input: is missing");
        assertThat(answers.get(5)).startsWith("{\"line\":7,");
    }

    @Test
    void bytesThatAreNoUtf8AreAnUnreadableLine() throws IOException {
        byte[] bytes = "{\"id\": \"\u00e4\"}\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(answers(bytes))
                .singleElement()
                .asString()
                .startsWith("{\"line\":1,\"error\":{\"code\":\"unreadable\"");
    }

    @Test
    void aLastLineWithoutLineFeedIsAnsweredToo() throws IOException {
        assertThat(answers("{}")).hasSize(1);
    }

    private static List<String> answers(String cases) throws IOException {
        return answers(cases.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> answers(byte[] cases) throws IOException {
        var out = new ByteArrayOutputStream();
        new Pipe(new ByteArrayInputStream(cases), out).run();
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
