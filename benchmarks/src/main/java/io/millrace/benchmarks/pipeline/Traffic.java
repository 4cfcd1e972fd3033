package io.millrace.benchmarks.pipeline;

import io.millrace.event.RawEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/// The usage of [Catalogue]'s subscriptions in March: six properties, about 300 bytes, every id once, everything
/// billable. The same in every run.
final class Traffic {
    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    private static final long SECONDS = 31L * 24 * 60 * 60;
    private static final int USERS = 1_000;
    private static final int WORKSPACES = 20;
    /// Odd, so that multiples of it are different for different numbers.
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    private final SplittableRandom random = new SplittableRandom(20260301);
    private final int subscriptions;
    private long number;

    /// @param subscriptions how many there are; every event is of any of them
    Traffic(int subscriptions) {
        this.subscriptions = subscriptions;
    }

    RawEvent next() {
        return RawEvent.newBuilder()
                .setOrganizationId(Catalogue.ORGANIZATION)
                .setExternalSubscriptionId(Catalogue.externalId(random.nextInt(subscriptions)))
                .setTransactionId(new UUID(random.nextLong(), number++ * SPREAD).toString())
                .setCode(Catalogue.METRICS.get(random.nextInt(Catalogue.METRICS.size())))
                .setTimestamp(
                        MARCH.plusSeconds(random.nextLong(SECONDS)).plus(random.nextInt(1_000_000), ChronoUnit.MICROS))
                .setProperties(Map.of(
                        "amount",
                                BigDecimal.valueOf(random.nextInt(1, 10_000_000), 3)
                                        .toPlainString(),
                        "model", Catalogue.MODELS.get(random.nextInt(Catalogue.MODELS.size())),
                        "region", Catalogue.REGIONS.get(random.nextInt(Catalogue.REGIONS.size())),
                        "user", "user-%05d@example.org".formatted(random.nextInt(USERS)),
                        "workspace", "workspace-%02d-production".formatted(random.nextInt(WORKSPACES)),
                        "request_id", "req_" + new UUID(random.nextLong(), random.nextLong())))
                .setSource("http")
                .build();
    }
}
