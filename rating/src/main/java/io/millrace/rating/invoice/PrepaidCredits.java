package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What wallets pay of an invoice, last of all and taxes included: one wallet after the other, each until it is
/// empty or the fees that it may pay are paid.
///
/// A wallet for everything pays the largest kind of fees first: subscription fees, the usage of one metric.
/// What a fee still costs can be a fraction of a cent; what the wallets have paid so far is rounded after each
/// one, so that their parts are whole cents and add up to the invoice's.
///
/// @param cents wallet → whole cents, in order of use
/// @param balances wallet → what is left in it
public record PrepaidCredits(Map<String, Long> cents, Map<String, Long> balances) {

    /// Fees that a wallet cannot tell apart.
    private record Target(FeeKind kind, @Nullable String metric) {

        private static final Comparator<Target> BY_NAME =
                Comparator.comparing(Target::kind).thenComparing(target -> String.valueOf(target.metric()));
    }

    /// @param wallets in order of use
    /// @param due fee → exact cents that are left to pay
    static PrepaidCredits of(List<Wallet> wallets, Map<Fee, Fraction> due, String currency) {
        Map<Target, Fraction> left = largestFirst(due);
        Map<String, Long> cents = new LinkedHashMap<>();
        Map<String, Long> balances = new LinkedHashMap<>();
        Fraction paid = Fraction.ZERO;
        for (Wallet wallet : wallets) {
            long before = paid.rounded();
            if (wallet.currency().equals(currency) && wallet.balanceCents() > 0) {
                paid = paid.plus(pay(wallet, left));
            }
            long credit = paid.rounded() - before;
            cents.put(wallet.id(), credit);
            balances.put(wallet.id(), wallet.balanceCents() - credit);
        }
        return new PrepaidCredits(cents, balances);
    }

    private static Map<Target, Fraction> largestFirst(Map<Fee, Fraction> due) {
        Map<Target, Fraction> targets = new LinkedHashMap<>();
        due.forEach(
                (fee, cents) -> targets.merge(new Target(fee.kind().counted(), fee.metric()), cents, Fraction::plus));
        Map<Target, Fraction> sorted = new LinkedHashMap<>();
        targets.entrySet().stream()
                // Equal ones by name, so that the order of the fees does not matter.
                .sorted(Map.Entry.<Target, Fraction>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey(Target.BY_NAME)))
                .forEach(target -> sorted.put(target.getKey(), target.getValue()));
        return sorted;
    }

    private static Fraction pay(Wallet wallet, Map<Target, Fraction> left) {
        Fraction balance = Fraction.of(wallet.balanceCents());
        for (Map.Entry<Target, Fraction> target : left.entrySet()) {
            if (wallet.pays(target.getKey().kind(), target.getKey().metric())) {
                Fraction part = balance.min(target.getValue());
                balance = balance.minus(part);
                target.setValue(target.getValue().minus(part));
            }
        }
        return Fraction.of(wallet.balanceCents()).minus(balance);
    }

    public long totalCents() {
        return cents.values().stream().mapToLong(Long::longValue).sum();
    }
}
