package io.millrace.invoicer.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A plan with all its revisions.
///
/// @param revisions in order of time; never empty
public record PlanHistory(Plan plan, List<PlanRevision> revisions) {
    public PlanRevision last() {
        return revisions.getLast();
    }

    /// The revision in force at that time. A plan that was deleted before keeps its last.
    public PlanRevision at(Instant time) {
        return revisions.stream()
                .filter(revision -> revision.isInForceAt(time))
                .findFirst()
                .orElseGet(this::last);
    }

    /// The revision by which a period is priced: the one in force at its last instant.
    ///
    /// @param end exclusive
    public PlanRevision pricing(Instant end) {
        return at(end.minusNanos(1_000));
    }

    /// The price of a charge for a period that ends then: that of the pricing revision, or of the last one
    /// before it that still had the charge.
    public Optional<Charge> charge(UUID chargeId, Instant end) {
        int pricing = pricing(end).revision();
        return revisions.reversed().stream()
                .filter(revision -> revision.revision() <= pricing)
                .flatMap(revision -> revision.chargeList().stream())
                .filter(charge -> charge.id().equals(chargeId))
                .findFirst();
    }

    /// The price of a charge's filter, found as a charge is.
    public Optional<ChargeFilter> filter(UUID chargeId, UUID filterId, Instant end) {
        int pricing = pricing(end).revision();
        return revisions.reversed().stream()
                .filter(revision -> revision.revision() <= pricing)
                .flatMap(revision -> revision.chargeList().stream())
                .filter(charge -> charge.id().equals(chargeId))
                .flatMap(charge -> charge.filter(filterId).stream())
                .findFirst();
    }
}
