package io.millrace.invoicer.clock;

import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What time it is, and for whom. Whatever is agreed or owed by a customer goes by the customer's clock; a
/// row's creation and everything technical by the system's.
@Singleton
public class Clocks {
    private final InstantSource system = InstantSource.system();
    private final TestClockRepository testClocks;

    Clocks(TestClockRepository testClocks) {
        this.testClocks = testClocks;
    }

    /// In microseconds, as PostgreSQL keeps it.
    public Instant system() {
        return system.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /// @param testClockId the customer's test clock; null if the customer lives by the system's
    public Instant of(@Nullable UUID testClockId) {
        if (testClockId == null) return system();
        return testClocks.findById(testClockId).map(TestClock::time).orElseGet(this::system);
    }

    /// True if the organization has this test clock, which then has it until the transaction ends.
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean isKnown(UUID organizationId, UUID testClockId) {
        return testClocks.findHeld(organizationId, testClockId).isPresent();
    }
}
