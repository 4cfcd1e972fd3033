package io.millrace.enricher;

import io.millrace.event.PendingRepair;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// Whose events are not enriched yet by what is agreed now, and from which event time on. Subscriptions that are too
/// many to be told one by one are told by their organizations; if these are too many, it may be any.
final class Concerned {
    /// So much is told at most: each is in a record that is written again whenever one is added.
    static final int AT_MOST = 200;

    private static final String ALL = "";

    /// By `acme/sub_1`, `acme` or [#ALL]: microseconds since 1970 UTC, inclusive.
    private Map<String, Long> since = new TreeMap<>();

    /// By changes that are not done with.
    static Concerned by(List<Change> changes) {
        var concerned = new Concerned();
        for (var change : changes) concerned.add(change);
        return concerned;
    }

    /// @return false where that is told already
    boolean add(Change change) {
        var key = change.subject().concerned();
        if (isTold(key, change.from())) return false;
        since.merge(key, change.from(), Math::min);
        if (since.size() > AT_MOST) since = merged(Concerned::organization);
        if (since.size() > AT_MOST) since = merged(same -> ALL);
        return true;
    }

    List<PendingRepair> asTold() {
        return since.entrySet().stream()
                .map(entry -> {
                    var key = entry.getKey();
                    var organization = organization(key);
                    return PendingRepair.newBuilder()
                            .setOrganizationId(key.equals(ALL) ? null : organization)
                            .setExternalSubscriptionId(
                                    key.equals(organization) ? null : key.substring(organization.length() + 1))
                            .setEffectiveFrom(Micros.instant(entry.getValue()))
                            .build();
                })
                .toList();
    }

    private boolean isTold(String key, long from) {
        return isToldOf(key, from) || isToldOf(organization(key), from) || isToldOf(ALL, from);
    }

    private boolean isToldOf(String key, long from) {
        return since.getOrDefault(key, Long.MAX_VALUE) <= from;
    }

    private Map<String, Long> merged(UnaryOperator<String> into) {
        var merged = new TreeMap<String, Long>();
        since.forEach((key, from) -> merged.merge(into.apply(key), from, Math::min));
        return merged;
    }

    private static String organization(String key) {
        int slash = key.indexOf('/');
        return slash < 0 ? key : key.substring(0, slash);
    }
}
