package io.millrace.benchmarks.pipeline;

import java.util.List;

/// What to measure with how many subscriptions.
///
/// @param subscriptions in `config_subscriptions`, each of one plan
/// @param events after the last start; 200,000 among a million subscriptions are of some 180,000 of them
/// @param json whether standard output gets one line for programs, and nothing else
record SubscriptionsOptions(int subscriptions, int events, boolean json) {

    /// Reads the words after `bench subscriptions`.
    ///
    /// @throws IllegalArgumentException saying what is wrong
    static SubscriptionsOptions parse(List<String> words) {
        int subscriptions = 1_000_000;
        int events = 200_000;
        boolean json = false;
        for (var word = words.iterator(); word.hasNext(); ) {
            var option = word.next();
            switch (option) {
                case "--json" -> json = true;
                case "--subscriptions" -> subscriptions = number(option, word.hasNext() ? word.next() : "");
                case "--events" -> events = number(option, word.hasNext() ? word.next() : "");
                default -> throw new IllegalArgumentException("bench subscriptions has no option '" + option + "'");
            }
        }
        return new SubscriptionsOptions(subscriptions, events, json);
    }

    private static int number(String option, String text) {
        return Options.number(option, text, 1_000, 100_000_000);
    }
}
