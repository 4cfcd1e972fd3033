package io.millrace.charger;

import java.time.Duration;
import org.slf4j.LoggerFactory;

/// The charger as a process of its own, set up by environment variables.
public final class ChargerProcess {
    private ChargerProcess() {}

    /// Starts it and stays until it is told to stop.
    public static void main(String[] arguments) throws InterruptedException {
        // All services fit on one class path, so each one's logging bears its name.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "charger-logback.xml");
        }
        var log = LoggerFactory.getLogger(ChargerProcess.class);
        var charger = Charger.start(ChargerSettings.of(System.getenv()));
        Runtime.getRuntime().addShutdownHook(new Thread(charger::close, "stop-charger"));
        if (charger.awaitReady(Duration.ofDays(1))) log.info("charger is ready");
        charger.awaitStop();
    }
}
