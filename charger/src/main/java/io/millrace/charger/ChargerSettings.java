package io.millrace.charger;

import io.millrace.streams.Environment;
import io.millrace.streams.StreamsSettings;
import java.time.Duration;
import java.util.Map;

/// How the charger runs.
///
/// @param streams as for every stream service, from the variables that begin with `MILLRACE_CHARGER_`
/// @param waiting how long events wait for their plan and subscription: `MILLRACE_CHARGER_WAIT_UP_TO`, 15
/// minutes. Shorter than an outage of configuration, and what could have been charged is a dead letter
public record ChargerSettings(StreamsSettings streams, WaitingLimits waiting) {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    /// Settings from environment variables.
    ///
    /// @throws IllegalArgumentException naming the variable that is missing or wrong
    public static ChargerSettings of(Map<String, String> environment) {
        var upTo = Environment.of(environment).duration("MILLRACE_CHARGER_WAIT_UP_TO", Duration.ofMinutes(15));
        return new ChargerSettings(StreamsSettings.of("charger", environment), new WaitingLimits(upTo, LOOK_AGAIN));
    }
}
