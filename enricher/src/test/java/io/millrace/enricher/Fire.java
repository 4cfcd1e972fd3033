package io.millrace.enricher;

import io.millrace.embedded.ChildProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/// A seller's [BusyMonth], and an enricher that is under fire meanwhile. The seed decides what happens, and
/// roughly when.
final class Fire {
    private final Pipeline pipeline;
    private final Seller seller;
    private final long seed;
    private final Random random;

    /// Something that happens to a process.
    interface Shot extends Consumer<ChildProcess> {}

    Fire(Pipeline pipeline, String organization, long seed) {
        this.pipeline = pipeline;
        this.seller = new Seller(pipeline, organization);
        this.seed = seed;
        this.random = new Random(seed);
    }

    /// What happens in a month of so many events.
    List<Consumer<Seller>> month(int events, int moreChanges) {
        return BusyMonth.of(random, events, moreChanges);
    }

    /// Lets a part of the month happen.
    void happen(List<Consumer<Seller>> part) {
        pipeline.readToTheEnd(); // so that what is decided more than now is of this part
        part.forEach(step -> step.accept(seller));
        pipeline.flush();
    }

    /// Has a month enriched by one process, and each of the shots strike it somewhere in its part of the
    /// month.
    void through(List<Consumer<Seller>> month, Path directory, List<Shot> shots) {
        int part = month.size() / shots.size();
        try (var enricher = pipeline.startChild(directory, Map.of())) {
            int from = 0;
            for (int i = 0; i < shots.size(); i++) {
                int to = i * part + random.nextInt(part / 2, part);
                happen(month.subList(from, to));
                shots.get(i).accept(enricher);
                from = to;
            }
            happen(month.subList(from, month.size()));
        }
    }

    /// Kills a process that enriches and starts it again: at once, whether or not it has ever begun; or as
    /// it begins; or when some events of this part are decided.
    void kill(ChildProcess enricher) {
        switch (random.nextInt(4)) {
            case 0 -> {}
            case 1 -> enricher.awaitLine("is RUNNING");
            default -> pipeline.awaitMoreDecided(random.nextInt(1, 200));
        }
        enricher.kill();
        enricher.restart();
    }

    /// Waits until all is decided and all guarantees hold, which they still do when the enricher has stopped.
    void awaitGuarantees(Path directory) throws InterruptedException {
        var run = "seed " + seed;
        long duplicates;
        // What still waits now waits in vain.
        try (var enricher = pipeline.start(directory, Map.of("MILLRACE_ENRICHER_PARKED_UP_TO", "1s"))) {
            duplicates = pipeline.awaitGuarantees(seller, enricher, run);
            pipeline.awaitBooksThatAgree(enricher);
        }
        pipeline.readToTheEnd();
        Guarantee.assertAll(seller, pipeline.ledger(), duplicates, run);
    }
}
