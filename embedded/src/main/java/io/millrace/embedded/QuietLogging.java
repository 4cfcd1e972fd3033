package io.millrace.embedded;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.Map;
import org.slf4j.LoggerFactory;

/// Keeps the engines' own logging down to what needs a person, where nobody has configured it otherwise.
final class QuietLogging {
    private static final Map<String, String> LEVELS = Map.of(
            "kafka", "ERROR",
            // what it refuses it also answers, such as a transaction's second batch before its first
            "kafka.server.ReplicaManager", "OFF",
            // each start and stop of a broker is full of warnings about itself
            "org.apache.kafka", "ERROR",
            "state.change.logger", "ERROR",
            "io.zonky", "WARN");

    private QuietLogging() {}

    static void apply() {
        try {
            Logback.apply();
        } catch (NoClassDefFoundError otherLogging) {
            // whoever brings another logging system configures it
        }
    }

    /// Loaded only where logback is present.
    private static final class Logback {
        static void apply() {
            if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
                LEVELS.forEach((name, level) -> {
                    var logger = context.getLogger(name);
                    if (logger.getLevel() == null) {
                        logger.setLevel(Level.valueOf(level));
                    }
                });
            }
        }
    }
}
