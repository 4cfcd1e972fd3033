package io.millrace.invoicer.clock;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A clock that its organization sets, for the customers that are attached to it: their periods close when it
/// says so.
///
/// @param time what it shows; it only ever goes forward
@MappedEntity("test_clocks")
record TestClock(
        @Id UUID id,
        UUID organizationId,
        @Nullable String name,
        Instant time,
        Instant createdAt,
        @Nullable Instant deletedAt) {}
