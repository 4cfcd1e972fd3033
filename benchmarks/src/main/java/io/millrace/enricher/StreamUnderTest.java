package io.millrace.enricher;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.streams.StreamsService;
import java.nio.file.Path;
import java.util.List;

/// One of the compared streams, as a process of its own: `StreamUnderTest KIND APPLICATION-ID [SAMPLE]`. The
/// last is the file of a [Sample], for the null streams.
///
/// All kinds run with the settings that the environment gives to the enricher; only the application id is their own.
public final class StreamUnderTest {
    /// Printed when the process may be looked into.
    public static final String BEGUN = "stream under test has begun";

    private static final String BOOKS = "books: ";

    private StreamUnderTest() {}

    /// What is compared.
    public enum Kind {
        /// Copies what comes in to where the enricher writes to.
        NULL,
        /// As [#NULL], and remembers ids as the enricher does.
        NULL_WITH_DEDUP,
        /// The enricher itself.
        ENRICHER
    }

    /// The line with which an enricher stops that has enriched this many events and has done nothing else.
    public static String booksOf(long enriched) {
        return books(new Accounting.Partition(enriched, enriched, 0, 0, 0, 0), true);
    }

    /// Starts every line with which an enricher stops.
    public static String books() {
        return BOOKS;
    }

    public static void main(String[] arguments) throws InterruptedException {
        System.out.println(BEGUN);
        var settings = settings(arguments[1]);
        switch (Kind.valueOf(arguments[0])) {
            case NULL -> copy(settings, arguments, false);
            case NULL_WITH_DEDUP -> copy(settings, arguments, true);
            case ENRICHER -> enrich(settings);
        }
    }

    private static void enrich(EnricherSettings settings) throws InterruptedException {
        var enricher = Enricher.start(settings);
        atTheEnd(() -> {
            var accounting = enricher.accounting();
            System.out.println(books(accounting.total(), accounting.addsUp()));
            enricher.close();
        });
        enricher.awaitStop();
    }

    private static void copy(EnricherSettings settings, String[] arguments, boolean remembersIds)
            throws InterruptedException {
        var topology = CopyTopology.of(settings, Sample.read(Path.of(arguments[2])), remembersIds);
        var service =
                new StreamsService(settings.streams(), topology, new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        service.prepare(HttpSchemaRegistry.of(settings.streams().schemaRegistryUrl()), List.of());
        service.start();
        atTheEnd(service::close);
        service.awaitStop();
    }

    private static EnricherSettings settings(String applicationId) {
        var settings = EnricherSettings.of(System.getenv());
        return new EnricherSettings(
                settings.streams().withApplicationId(applicationId),
                settings.deduplicationHorizon(),
                settings.rememberedIds(),
                settings.parking());
    }

    private static String books(Accounting.Partition total, boolean addUp) {
        return BOOKS + total + (addUp ? "" : ", which do not add up");
    }

    private static void atTheEnd(Runnable stop) {
        Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
    }
}
