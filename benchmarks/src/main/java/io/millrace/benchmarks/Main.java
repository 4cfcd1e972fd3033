package io.millrace.benchmarks;

import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// `./millrace bench rating`: every benchmark of the arithmetic, or those whose name contains the second word.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) throws RunnerException {
        String names = arguments.length > 1 ? arguments[1] : "";
        new Runner(new OptionsBuilder()
                        .include("benchmarks\\.rating\\..*" + names)
                        .build())
                .run();
    }
}
