package io.millrace.enricher;

import org.slf4j.LoggerFactory;

/// The enricher as a process of its own, set up by environment variables.
public final class EnricherProcess {
    private EnricherProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        // All services fit on one class path, so each one's logging bears its name.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "enricher-logback.xml");
        }
        var log = LoggerFactory.getLogger(EnricherProcess.class);
        var enricher = Enricher.start(EnricherSettings.of(System.getenv()));
        Runtime.getRuntime().addShutdownHook(new Thread(enricher::close, "stop-enricher"));
        if (enricher.awaitReady(java.time.Duration.ofDays(1))) log.info("enricher is ready");
        enricher.awaitStop();
    }
}
