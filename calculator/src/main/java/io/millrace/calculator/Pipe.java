package io.millrace.calculator;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Answers newline-delimited cases, one line each, in order.
///
/// ```
/// {"id": "a", "calc": "charge_model", "input": {…}}  ─▶  {"id": "a", "calc": "charge_model", "result": {…}}
///                                                        {"id": "a", "calc": "charge_model", "error": {…}}
/// not a case                                         ─▶  {"line": 7, "error": {…}}
/// ```
///
/// A line that cannot be answered never stops the run. Empty lines are skipped.
final class Pipe {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final InputStream in;
    private final OutputStream out;

    Pipe(InputStream in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    /// Throws `IOException` where a stream cannot be read or written.
    void run() throws IOException {
        long number = 0;
        for (byte[] line = readLine(); line != null; line = readLine()) {
            number++;
            if (new String(line).isBlank()) {
                continue;
            }
            out.write(JSON.writeValueAsBytes(answer(line, number)));
            out.write('\n');
            // Whoever writes case after case and waits for each answer gets it.
            if (in.available() == 0) {
                out.flush();
            }
        }
    }

    private static Map<String, @Nullable Object> answer(byte[] line, long number) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        try {
            Input request = Input.of(JSON.readValue(line, Object.class));
            answer.put("id", request.optional("id"));
            answer.put("calc", request.optional("calc"));
            Optional<Calculation> calculation = Calculation.find(request.text("calc"));
            if (calculation.isEmpty()) {
                throw new Refusal("unknown_calc", "calc: is none of " + Calculation.codes());
            }
            Map<String, ? extends @Nullable Object> result = calculation.get().of(request.object("input"));
            answer.put("result", Output.plain(result));
        } catch (JsonProcessingException e) {
            return unreadable(number, "is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            return unreadable(number, "cannot be read as UTF-8");
        } catch (Refusal e) {
            if (answer.isEmpty()) {
                return unreadable(number, e.getMessage());
            }
            answer.put("error", error(e.code(), e.getMessage()));
        } catch (ArithmeticException e) {
            answer.put("error", error("value_is_out_of_range", "a number does not fit: " + e.getMessage()));
        } catch (RuntimeException e) {
            answer.put("error", error("internal_error", "a defect of the calculator: " + e));
        }
        return answer;
    }

    private static Map<String, @Nullable Object> unreadable(long line, @Nullable String reason) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("line", line);
        answer.put("error", error("unreadable", reason));
        return answer;
    }

    private static Map<String, @Nullable Object> error(String code, @Nullable String message) {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        return error;
    }

    /// The bytes up to the next line feed; null at the end.
    private byte @Nullable [] readLine() throws IOException {
        var line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            line.write(next);
            next = in.read();
        }
        return line.toByteArray();
    }
}
