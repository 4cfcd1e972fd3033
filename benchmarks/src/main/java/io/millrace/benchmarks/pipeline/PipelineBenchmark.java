package io.millrace.benchmarks.pipeline;

import io.millrace.benchmarks.pipeline.Broker.Volume;
import io.millrace.benchmarks.pipeline.Round.Result;
import io.millrace.enricher.Sample;
import io.millrace.enricher.StreamUnderTest;
import io.millrace.enricher.StreamUnderTest.Kind;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `./millrace bench pipeline`: what the enricher costs beyond what any stream of its shape costs.
///
/// ```
///   this process              one process               a new process each round
///   ────────────              ───────────               ────────────────────────
///   traffic, once ─────▶ events_raw ──────────────────▶ null, null with dedup
///                        events_enriched          ◀──── or the enricher,
///   counts, checks ◀──── events_enriched_expanded ◀──── in alternation
/// ```
///
/// All run with the same settings over the same events, of which the first of each round are not measured: the
/// compilers of a new JVM take some twenty seconds of CPU time, of two cores all that the stream does not take. Before
/// the first round the enricher runs over a fifth of them, so that no round has a cold broker, and the null streams
/// have its values to copy. After every round
/// the records that it wrote are read and counted; a round that has not written one enriched and one expanded record
/// for every event fails the whole.
public final class PipelineBenchmark {
    private static final int USAGE = 2;
    private static final int SUBSCRIPTIONS = 10_000;
    private static final int WARM_UP_SHARE = 5;
    /// Mean sizes of what the kinds write may differ by rounding.
    private static final double SAME_SIZE = 0.01;
    /// Batches are never of quite the same size.
    private static final double SAME_COMPRESSED_SIZE = 0.05;
    /// From so many events on.
    private static final int COMPARABLE = 500_000;

    private final Options options;
    private final Broker broker;
    private final Scratch scratch;
    private final PrintStream progress;

    private PipelineBenchmark(Options options, Broker broker, Scratch scratch, PrintStream progress) {
        this.options = options;
        this.broker = broker;
        this.scratch = scratch;
        this.progress = progress;
    }

    /// @param words after `bench pipeline`
    /// @param out for the result
    /// @param err for what is said meanwhile, where the result is for programs
    /// @return the process's exit status
    /// @throws IllegalStateException if a stream failed or did not do all of its work
    public static int run(List<String> words, PrintStream out, PrintStream err) throws InterruptedException {
        Options options;
        try {
            options = Options.parse(words);
        } catch (IllegalArgumentException e) {
            err.println("millrace: " + e.getMessage());
            return USAGE;
        }
        var progress = options.json() ? err : out;
        try (var scratch = new Scratch();
                var broker = Broker.start(scratch.directory("broker"))) {
            var report = new PipelineBenchmark(options, broker, scratch, progress).measure();
            progress.println(report.table());
            if (options.json()) out.println(report.json());
        }
        return 0;
    }

    private Report measure() throws InterruptedException {
        Volume raw;
        try (var publisher = new Publisher(broker)) {
            publisher.catalogue(SUBSCRIPTIONS);
            raw = publisher.events(new Traffic(SUBSCRIPTIONS), options.warmUp() + options.events());
        }
        var sample = scratch.directory("sample");
        var model = warmUp(raw, sample);
        progress.printf(
                Locale.ROOT,
                "%,d events of %.0f bytes; enriched %.0f, compressed %.0f; expanded %.0f, compressed %.0f%n",
                raw.records(),
                raw.meanBytes(),
                model.enriched().meanBytes(),
                model.enriched().meanTransferred(),
                model.expanded().meanBytes(),
                model.expanded().meanTransferred());

        Map<Kind, List<Measurement>> rounds = new EnumMap<>(Kind.class);
        for (int number = 1; number <= options.rounds(); number++) {
            for (var kind : options.kinds()) {
                var round = new Round(broker, scratch, kind.name().toLowerCase(Locale.ROOT) + "-" + number, kind);
                var profile = number == options.rounds() ? profile(kind) : null;
                var result = round.run(raw.records(), options.warmUp(), sample, profile);
                verify(kind, result, raw, model);
                rounds.computeIfAbsent(kind, _ -> new ArrayList<>()).add(result.measurement());
                progress.println(Report.line(kind, result.measurement()));
            }
        }
        var middle = new EnumMap<Kind, Measurement>(Kind.class);
        rounds.forEach((kind, measurements) -> middle.put(kind, Measurement.middle(measurements)));
        return new Report(options.events(), raw.records(), options.rounds(), middle);
    }

    /// @param file for a sample of what the enricher writes
    private Result warmUp(Volume raw, Path file) throws InterruptedException {
        var sample = new Sample(new ArrayList<>(), new ArrayList<>());
        var result = new Round(broker, scratch, "warm-up", Kind.ENRICHER)
                .run(
                        raw.records() / WARM_UP_SHARE,
                        0,
                        file,
                        null,
                        value -> keep(value, sample.enriched()),
                        value -> keep(value, sample.expanded()));
        sample.write(file);
        return result;
    }

    private static void keep(byte[] value, List<byte[]> values) {
        if (values.size() < Sample.SIZE) values.add(value);
    }

    private @Nullable Path profile(Kind kind) {
        return kind == Kind.ENRICHER ? options.profile() : null;
    }

    /// One record of each kind for every event, of the right size, also compressed; nothing refused, repeated or
    /// waiting.
    private static void verify(Kind kind, Result result, Volume raw, Result model) {
        verify(kind, "enriched", result.enriched(), raw, model.enriched());
        verify(kind, "expanded", result.expanded(), raw, model.expanded());
        require(result.deadLetters().records() == 0, kind + " has written dead letters: " + result.deadLetters());
        if (kind == Kind.ENRICHER) {
            var expected = StreamUnderTest.booksOf(raw.records());
            require(expected.equals(result.books()), "the books are not " + expected + ": " + result.books());
        }
    }

    private static void verify(Kind kind, String what, Volume written, Volume raw, Volume model) {
        require(
                written.records() == raw.records(),
                "%s has written %d %s records for %d events".formatted(kind, written.records(), what, raw.records()));
        require(
                Math.abs(written.meanBytes() / model.meanBytes() - 1) <= SAME_SIZE,
                "%s has written %s values of %.1f bytes, and should of %.1f"
                        .formatted(kind, what, written.meanBytes(), model.meanBytes()));
        if (raw.records() < COMPARABLE) return; // what comes in small batches is hardly compressed
        require(
                Math.abs(written.meanTransferred() / model.meanTransferred() - 1) <= SAME_COMPRESSED_SIZE,
                "%s has written %s records that take %.1f bytes compressed, and should %.1f"
                        .formatted(kind, what, written.meanTransferred(), model.meanTransferred()));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) throw new IllegalStateException(otherwise);
    }
}
