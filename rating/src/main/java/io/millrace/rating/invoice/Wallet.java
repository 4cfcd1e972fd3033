package io.millrace.rating.invoice;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A customer's prepaid credits.
///
/// A wallet that names kinds or metrics pays the fees of those kinds and the usage of those metrics; one that
/// names neither pays every fee.
///
/// @param id unique among the invoice's wallets
/// @param currency pays invoices of no other
/// @param balanceCents minor units; a balance of 0 or below pays nothing
public record Wallet(String id, String currency, long balanceCents, Set<FeeKind> kinds, Set<String> metrics) {

    boolean pays(FeeKind kind, @Nullable String metric) {
        return (kinds.isEmpty() && metrics.isEmpty())
                || kinds.contains(kind)
                || (metric != null && metrics.contains(metric));
    }
}
