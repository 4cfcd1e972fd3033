package io.millrace.rating.invoice;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What is true of every invoice; over random ones, whose seed is in the failure's message.
class InvoiceLawsTest {

    private static final int INVOICES = 500;
    private static final List<Tax> TAXES = List.of(
            Fixtures.tax("vat", "20"),
            Fixtures.tax("city", "1.5"),
            Fixtures.tax("odd", "12.345"),
            Fixtures.tax("none", "0"));

    @Test
    void theChainHoldsAndNothingGetsBelowZero() {
        forEveryInvoice((invoice, totals) -> {
            assertThat(totals.feesCents())
                    .isEqualTo(
                            invoice.fees().stream().mapToLong(Fee::amountCents).sum());
            assertThat(totals.subTotalExcludingTaxesCents())
                    .isEqualTo(totals.feesCents()
                            - totals.progressive().creditCents()
                            - totals.coupons().totalCents());
            assertThat(totals.subTotalIncludingTaxesCents())
                    .isEqualTo(totals.subTotalExcludingTaxesCents() + totals.taxesCents());
            assertThat(totals.totalCents())
                    .isEqualTo(totals.subTotalIncludingTaxesCents()
                            - totals.creditNotes().totalCents()
                            - totals.prepaid().totalCents());
            assertThat(Stream.of(
                            totals.progressive().creditCents(),
                            totals.progressive().excessCents(),
                            totals.coupons().totalCents(),
                            totals.subTotalExcludingTaxesCents(),
                            totals.taxesCents(),
                            totals.creditNotes().totalCents(),
                            totals.prepaid().totalCents(),
                            totals.totalCents()))
                    .allMatch(cents -> cents >= 0);
        });
    }

    @Test
    void thePartsOfTheFeesAddUp() {
        forEveryInvoice((invoice, totals) -> {
            List<DiscountedFee> fees = totals.fees().list();
            assertThat(sum(fees.stream().map(DiscountedFee::discountCents)))
                    .isEqualTo(Fraction.of(totals.progressive().creditCents()
                            + totals.coupons().totalCents()));
            assertThat(fees)
                    .allMatch(fee ->
                            fee.discountCents().signum() >= 0 && fee.leftCents().signum() >= 0);
            assertThat(sum(fees.stream().map(DiscountedFee::taxesCents)))
                    .isEqualTo(totals.taxes().cents());
            // Rounded fee by fee, taxes are off by at most half a cent each.
            long shown =
                    fees.stream().mapToLong(fee -> fee.taxesCents().rounded()).sum();
            assertThat(Math.abs(shown - totals.taxesCents())).isLessThanOrEqualTo((fees.size() + 1) / 2);
            // What the notes pay of the fees is what they pay of the invoice, but for its one rounding.
            assertThat(sum(totals.creditNotes().feeCents().values().stream())
                            .minus(Fraction.of(totals.creditNotes().totalCents())))
                    .isBetween(Fraction.of(new BigDecimal("-0.5")), Fraction.of(new BigDecimal("0.5")));
        });
    }

    @Test
    void nothingIsUsedBeyondWhatItIsWorth() {
        forEveryInvoice((invoice, totals) -> {
            for (Coupon coupon : invoice.coupons()) {
                long credit = totals.coupons().uses().get(coupon.id()).creditCents();
                if (coupon.life().value() instanceof CouponValue.FixedAmount(String currency, long cents)) {
                    assertThat(credit).isBetween(0L, cents);
                }
            }
            totals.creditNotes()
                    .balances()
                    .values()
                    .forEach(left -> assertThat(left).isNotNegative());
            for (Wallet wallet : invoice.wallets()) {
                assertThat(totals.prepaid().cents().get(wallet.id())).isBetween(0L, Math.max(0, wallet.balanceCents()));
                assertThat(totals.prepaid().balances().get(wallet.id())
                                + totals.prepaid().cents().get(wallet.id()))
                        .isEqualTo(wallet.balanceCents());
            }
        });
    }

    @Test
    void walletsForEverythingPayAllTheyCan() {
        forEveryInvoice((invoice, totals) -> {
            long balances = invoice.wallets().stream()
                    .filter(wallet ->
                            wallet.kinds().isEmpty() && wallet.metrics().isEmpty())
                    .mapToLong(wallet -> Math.max(0, wallet.balanceCents()))
                    .sum();
            long due =
                    totals.subTotalIncludingTaxesCents() - totals.creditNotes().totalCents();
            assertThat(totals.prepaid().totalCents()).isGreaterThanOrEqualTo(Math.min(balances, due));
        });
    }

    @Test
    void theOrderOfTheFeesDoesNotMatter() {
        forEveryInvoice((invoice, totals) -> {
            List<Fee> shuffled = new ArrayList<>(invoice.fees());
            Collections.shuffle(shuffled, new Random(totals.feesCents()));
            InvoiceTotals other = withFees(invoice, shuffled).totals();
            assertThat(other.coupons().uses()).isEqualTo(totals.coupons().uses());
            assertThat(other.taxesCents()).isEqualTo(totals.taxesCents());
            assertThat(other.taxes().rate()).isEqualTo(totals.taxes().rate());
            assertThat(other.prepaid().cents()).isEqualTo(totals.prepaid().cents());
            assertThat(other.totalCents()).isEqualTo(totals.totalCents());
            assertThat(Set.copyOf(other.fees().list()))
                    .isEqualTo(Set.copyOf(totals.fees().list()));
        });
    }

    @Test
    void twoCouponsInARowTakeWhatTheirSumWould() {
        forEveryInvoice((invoice, totals) -> {
            List<Coupon> split = new ArrayList<>();
            for (Coupon coupon : invoice.coupons()) {
                if (coupon.life().value() instanceof CouponValue.FixedAmount(String currency, long cents)) {
                    split.add(Fixtures.coupon(coupon.id() + "/1", "" + cents / 3, coupon.scope()));
                    split.add(Fixtures.coupon(coupon.id() + "/2", "" + (cents - cents / 3), coupon.scope()));
                } else {
                    split.add(coupon);
                }
            }
            InvoiceTotals other =
                    Fixtures.with(invoice, split.toArray(Coupon[]::new)).totals();
            assertThat(other.fees()).isEqualTo(totals.fees());
            assertThat(other.totalCents()).isEqualTo(totals.totalCents());
        });
    }

    @Test
    void twoWalletsOfOneKindPayWhatTheirSumWould() {
        forEveryInvoice((invoice, totals) -> {
            List<Wallet> split = new ArrayList<>();
            for (Wallet wallet : invoice.wallets()) {
                long first = Math.max(0, wallet.balanceCents()) / 3;
                split.add(new Wallet(wallet.id() + "/1", "EUR", first, wallet.kinds(), wallet.metrics()));
                split.add(new Wallet(
                        wallet.id() + "/2", "EUR", wallet.balanceCents() - first, wallet.kinds(), wallet.metrics()));
            }
            assertThat(Fixtures.with(invoice, split.toArray(Wallet[]::new))
                            .totals()
                            .totalCents())
                    .isEqualTo(totals.totalCents());
        });
    }

    @Test
    void withoutTaxesBothSubTotalsAreTheSame() {
        forEveryInvoice((invoice, totals) -> {
            InvoiceTotals untaxed = withFees(
                            invoice,
                            invoice.fees().stream()
                                    .map(fee -> Fixtures.fee(
                                            fee.id(), fee.kind(), fee.amountCents(), fee.plan(), fee.metric()))
                                    .toList())
                    .totals();
            assertThat(untaxed.subTotalIncludingTaxesCents())
                    .isEqualTo(untaxed.subTotalExcludingTaxesCents())
                    .isEqualTo(totals.subTotalExcludingTaxesCents());
            assertThat(untaxed.taxes().rate()).isEqualByComparingTo("0");
        });
    }

    @Test
    void creditNotesAddUpToTheInvoice() {
        forEveryInvoice((invoice, totals) -> {
            Random random = new Random(totals.feesCents());
            Map<String, Long> left = new LinkedHashMap<>();
            invoice.fees().forEach(fee -> left.put(fee.id(), fee.amountCents()));
            List<CreditNote> notes = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                boolean takesTheRest = i == 4;
                Map<String, BigDecimal> items = new LinkedHashMap<>();
                left.replaceAll((fee, cents) -> {
                    long item = takesTheRest ? cents : random.nextLong(0, cents / 2 + 1);
                    items.put(fee, BigDecimal.valueOf(item));
                    return cents - item;
                });
                notes.add(CreditNote.of(totals, items, notes));
            }
            assertThat(notes)
                    .allMatch(note -> note.subTotalCents() >= 0
                            && note.taxesCents() >= 0
                            && note.beyondTheirFees().isEmpty());
            assertThat(notes.stream().mapToLong(CreditNote::totalCents).sum())
                    .isEqualTo(totals.subTotalIncludingTaxesCents());
        });
    }

    /// The whole invoice once more, in one go, with plain decimals and without any of the types above.
    @Test
    void aNaiveInvoiceAgrees() {
        forEveryInvoice((invoice, totals) -> {
            var digits = new MathContext(80);
            BigDecimal[] left = invoice.fees().stream()
                    .map(fee -> BigDecimal.valueOf(fee.amountCents()))
                    .toArray(BigDecimal[]::new);
            List<Object> takers = new ArrayList<>();
            takers.add(invoice.progressivelyBilled().otherCents());
            invoice.coupons().stream()
                    .sorted(Comparator.comparing(coupon -> switch (coupon.scope()) {
                        case CouponScope.Metrics metrics -> "a";
                        case CouponScope.Plans plans -> "b";
                        case CouponScope.Everything everything -> "c";
                    }))
                    .forEach(takers::add);
            for (Object taker : takers) {
                BigDecimal base = BigDecimal.ZERO;
                for (int i = 0; i < left.length; i++) {
                    base = takes(taker, invoice.fees().get(i)) ? base.add(left[i]) : base;
                }
                BigDecimal most = whole(base.subtract(new BigDecimal("0.5")));
                BigDecimal credit = switch (taker) {
                    case Coupon coupon ->
                        switch (coupon.life().value()) {
                            case CouponValue.FixedAmount fixed -> BigDecimal.valueOf(fixed.cents());
                            case CouponValue.Percentage percent ->
                                whole(base.multiply(percent.rate()).movePointLeft(2));
                        };
                    default -> BigDecimal.valueOf((long) taker);
                };
                credit = credit.min(most).max(BigDecimal.ZERO);
                for (int i = 0; i < left.length && credit.signum() > 0; i++) {
                    if (takes(taker, invoice.fees().get(i))) {
                        left[i] = left[i].subtract(left[i].multiply(credit).divide(base, digits));
                    }
                }
            }
            BigDecimal subTotal = BigDecimal.ZERO;
            BigDecimal taxes = BigDecimal.ZERO;
            for (int i = 0; i < left.length; i++) {
                subTotal = subTotal.add(left[i]);
                taxes = taxes.add(
                        left[i].multiply(invoice.fees().get(i).taxesRate()).movePointLeft(2));
            }
            assertThat(totals.subTotalExcludingTaxesCents())
                    .isEqualTo(whole(subTotal).longValueExact());
            assertThat(totals.taxesCents()).isEqualTo(whole(taxes).longValueExact());
            long due = whole(subTotal).add(whole(taxes)).longValueExact();
            long notes = Math.min(
                    due,
                    invoice.creditNotes().stream()
                            .mapToLong(OpenCreditNote::balanceCents)
                            .sum());
            assertThat(totals.creditNotes().totalCents()).isEqualTo(notes);
        });
    }

    private static boolean takes(Object taker, Fee fee) {
        return taker instanceof Coupon coupon
                ? coupon.scope().includes(fee)
                : fee.kind() == FeeKind.CHARGE || fee.kind() == FeeKind.TRUE_UP;
    }

    /// Half up; what is a hair below because a quotient was cut counts as what it is.
    private static BigDecimal whole(BigDecimal cents) {
        return cents.setScale(40, RoundingMode.HALF_UP).setScale(0, RoundingMode.HALF_UP);
    }

    private static void forEveryInvoice(BiConsumer<Invoice, InvoiceTotals> law) {
        long first = System.nanoTime();
        for (long seed = first; seed < first + INVOICES; seed++) {
            Invoice invoice = anyInvoice(new Random(seed));
            try {
                law.accept(invoice, invoice.totals());
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed %d: %s".formatted(seed, invoice), e);
            }
        }
    }

    private static Invoice anyInvoice(Random random) {
        // Small amounts meet halves of cents, large ones the ends of a long.
        long scale = List.of(3L, 100L, 100_000L, 1_000_000_000_000_000L).get(random.nextInt(4));
        List<Fee> fees = new ArrayList<>();
        for (int i = random.nextInt(7); i > 0; i--) {
            Tax[] taxes = TAXES.stream().filter(tax -> random.nextInt(3) == 0).toArray(Tax[]::new);
            fees.add(Fixtures.fee(
                    "f" + i,
                    FeeKind.values()[random.nextInt(FeeKind.values().length)],
                    random.nextInt(5) == 0 ? 0 : random.nextLong(scale),
                    "p" + random.nextInt(2),
                    random.nextBoolean() ? "m" + random.nextInt(2) : null,
                    taxes));
        }
        List<Coupon> coupons = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            coupons.add(Fixtures.coupon(
                    "c" + i,
                    random.nextBoolean() ? "" + random.nextLong(scale) : random.nextInt(120) + ".5%",
                    switch (random.nextInt(3)) {
                        case 0 -> Fixtures.metrics("m" + random.nextInt(2));
                        case 1 -> Fixtures.plans("p" + random.nextInt(2));
                        default -> new CouponScope.Everything();
                    }));
        }
        List<OpenCreditNote> notes = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            notes.add(Fixtures.note("n" + i, random.nextLong(scale)));
        }
        List<Wallet> wallets = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            wallets.add(new Wallet(
                    "w" + i,
                    "EUR",
                    random.nextLong(scale) - (random.nextInt(9) == 0 ? scale : 0),
                    random.nextBoolean() ? Set.of() : Set.of(FeeKind.CHARGE),
                    random.nextBoolean() ? Set.of() : Set.of("m1")));
        }
        return new Invoice(
                "EUR",
                fees,
                new ProgressivelyBilled(Map.of(), random.nextBoolean() ? 0 : random.nextLong(scale)),
                coupons,
                notes,
                wallets);
    }

    private static Invoice withFees(Invoice invoice, List<Fee> fees) {
        return new Invoice(
                invoice.currency(),
                fees,
                invoice.progressivelyBilled(),
                invoice.coupons(),
                invoice.creditNotes(),
                invoice.wallets());
    }

    private static Fraction sum(Stream<Fraction> parts) {
        return parts.reduce(Fraction.ZERO, Fraction::plus);
    }
}
