package io.millrace.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.benchmarks.pipeline.Scratch;
import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedClickHouse;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What the benchmarks of a whole engine have in common: their words, a scratch directory, and how they say what
/// came out.
public final class Frame {
    private static final int USAGE = 2;
    private static final ObjectMapper JSON = new ObjectMapper();

    private Frame() {}

    /// A benchmark, run with its options.
    public interface Benchmark {
        /// @param progress for what is said meanwhile, and the table of the outcome
        /// @return the numbers, by the names that programs know them by
        Map<String, Object> measure(Options options, Scratch scratch, PrintStream progress) throws Exception;
    }

    /// What the options say, each by its name.
    public record Options(Map<String, Long> values) {
        public long of(String name) {
            return Objects.requireNonNull(values.get(name), name);
        }
    }

    /// An option with a whole number.
    ///
    /// @param name such as `--rows`
    public record Option(String name, long otherwise, long from, long to) {}

    /// @param name the word after `bench`
    /// @param words after that
    /// @param out for the result
    /// @param err for what is said meanwhile, where the result is for programs
    /// @return the process's exit status
    public static int run(
            String name,
            List<Option> options,
            List<String> words,
            PrintStream out,
            PrintStream err,
            Benchmark benchmark)
            throws Exception {
        var rest = new ArrayList<>(words);
        boolean json = rest.remove("--json");
        Options values;
        try {
            values = parse(name, options, rest);
        } catch (IllegalArgumentException e) {
            err.println("millrace: " + e.getMessage());
            return USAGE;
        }
        try (var scratch = new Scratch()) {
            var numbers = benchmark.measure(values, scratch, json ? err : out);
            if (json) out.println(json(numbers));
        }
        return 0;
    }

    private static Options parse(String name, List<Option> options, List<String> words) {
        var values = new HashMap<String, Long>();
        for (var option : options) values.put(option.name(), option.otherwise());
        for (var word = words.iterator(); word.hasNext(); ) {
            var given = word.next();
            var option = options.stream()
                    .filter(one -> one.name().equals(given))
                    .findAny()
                    .orElseThrow(
                            () -> new IllegalArgumentException("bench %s has no option '%s'".formatted(name, given)));
            values.put(given, number(option, word.hasNext() ? word.next() : ""));
        }
        return new Options(values);
    }

    private static long number(Option option, String text) {
        long number = text.matches("[0-9]{1,12}") ? Long.parseLong(text) : -1;
        if (number < option.from() || number > option.to()) {
            throw new IllegalArgumentException("%s takes a whole number from %d to %d, not '%s'"
                    .formatted(option.name(), option.from(), option.to(), text));
        }
        return number;
    }

    private static String json(Map<String, Object> numbers) {
        try {
            return JSON.writeValueAsString(numbers);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// ClickHouse in a process of its own: a JVM can hold it once, and it shall not share a heap with what asks.
    ///
    /// @param flags of its JVM
    public static ChildProcess clickHouse(Path directory, String... flags) {
        return ChildProcess.of(EmbeddedClickHouse.class)
                .arguments(directory.toString(), "0")
                .flags("-Dlogback.configurationFile=benchmarks-logback.xml")
                .flags(flags)
                .start();
    }

    /// With three digits behind the point: more are noise.
    public static double rounded(double number) {
        return Math.round(number * 1e3) / 1e3;
    }

    /// A line of progress or of a table.
    public static void say(PrintStream to, String format, Object... values) {
        to.println(String.format(Locale.ROOT, format, values));
    }
}
