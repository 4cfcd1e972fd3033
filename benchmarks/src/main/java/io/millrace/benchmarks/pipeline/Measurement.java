package io.millrace.benchmarks.pipeline;

import io.millrace.benchmarks.pipeline.ProcessMeter.Reading;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// What one round has cost, or the middle of several.
///
/// ```
///   start      first commit after the warm-up              commit of the last event
///   |── start-up ──|──────────── the window ──────────────|
///   |──────────────────── whole seconds ──────────────────|
/// ```
///
/// Where the first commit has all events, which takes very few of them, the window is the whole.
///
/// @param eventsPerSecond committed in the window
/// @param wholeSeconds from the start of the process to the last commit
/// @param cpuSecondsPerMillion of the stream's process alone, in the window
/// @param allocatedBytesPerEvent of heap, in the window
record Measurement(
        double eventsPerSecond, double wholeSeconds, double cpuSecondsPerMillion, double allocatedBytesPerEvent) {

    /// How far a stream was, and what it had used until then.
    record Mark(long events, Reading reading) {}

    static Measurement between(long started, Mark from, Mark to) {
        double events = to.events() - from.events();
        double seconds = (to.reading().at() - from.reading().at()) / 1e9;
        return new Measurement(
                events / seconds,
                (to.reading().at() - started) / 1e9,
                (to.reading().cpu() - from.reading().cpu()) / 1e9 / (events / 1e6),
                (to.reading().allocated() - from.reading().allocated()) / events);
    }

    /// The middle of each number by itself.
    static Measurement middle(List<Measurement> rounds) {
        return new Measurement(
                middle(rounds, Measurement::eventsPerSecond),
                middle(rounds, Measurement::wholeSeconds),
                middle(rounds, Measurement::cpuSecondsPerMillion),
                middle(rounds, Measurement::allocatedBytesPerEvent));
    }

    private static double middle(List<Measurement> rounds, ToDoubleFunction<Measurement> number) {
        var sorted = rounds.stream().mapToDouble(number).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
