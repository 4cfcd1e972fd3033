package io.millrace.rating.invoice;

import static io.millrace.rating.invoice.Fixtures.billedBefore;
import static io.millrace.rating.invoice.Fixtures.coupon;
import static io.millrace.rating.invoice.Fixtures.fee;
import static io.millrace.rating.invoice.Fixtures.invoice;
import static io.millrace.rating.invoice.Fixtures.metrics;
import static io.millrace.rating.invoice.Fixtures.note;
import static io.millrace.rating.invoice.Fixtures.plans;
import static io.millrace.rating.invoice.Fixtures.subscription;
import static io.millrace.rating.invoice.Fixtures.tax;
import static io.millrace.rating.invoice.Fixtures.usage;
import static io.millrace.rating.invoice.Fixtures.wallet;
import static io.millrace.rating.invoice.Fixtures.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InvoiceTest {

    private static final Tax VAT = tax("vat", "20");

    @Test
    void anInvoiceIsAddedUpFromTopToBottom() {
        Invoice invoice = new Invoice(
                "EUR",
                List.of(subscription("plan", 5000, VAT), usage("calls", 10000, VAT)),
                new ProgressivelyBilled(Map.of(), 4000),
                List.of(coupon("welcome", "1000")),
                List.of(note("CN001", 2000)),
                List.of(wallet("prepaid", 3000)));

        assertThat(statement(invoice.totals())).isEqualTo("""
                fees                     15000
                progressive billing      -4000
                coupons                  -1000
                sub-total excl. taxes    10000
                taxes, 20.00000 %         2000
                sub-total incl. taxes    12000
                credit notes             -2000
                prepaid credits          -3000
                total                     7000
                """);
    }

    private static String statement(InvoiceTotals totals) {
        return """
                fees                     %5d
                progressive billing      %5d
                coupons                  %5d
                sub-total excl. taxes    %5d
                taxes, %s %%        %5d
                sub-total incl. taxes    %5d
                credit notes             %5d
                prepaid credits          %5d
                total                    %5d
                """.formatted(
                        totals.feesCents(),
                        -totals.progressive().creditCents(),
                        -totals.coupons().totalCents(),
                        totals.subTotalExcludingTaxesCents(),
                        totals.taxes().rate(),
                        totals.taxesCents(),
                        totals.subTotalIncludingTaxesCents(),
                        -totals.creditNotes().totalCents(),
                        -totals.prepaid().totalCents(),
                        totals.totalCents());
    }

    @ParameterizedTest(name = "fee of {0}, coupons {1} and {2}: {3} and {4} off")
    @CsvSource({
        "100, 10,    20%,   10, 18",
        "100, 20%,   10,    20, 10",
        "100, 15%,   20%,   15, 17",
        "  5, 10,    20%,    5,  0",
        "100, 100%,  10,   100,  0",
        "100, 250%,  10,   100,  0",
        // Half a cent is rounded up, but never beyond what there is.
        "  1, 50%,   50%,    1,  0",
        " 99, 50%,   50%,   50, 25",
        "  0, 10,    20%,    0,  0",
        "100, 0,     0%,     0,  0",
    })
    void oneCouponAfterTheOtherTakesItsPartOfWhatIsLeft(
            long fee, String first, String second, long firstOff, long secondOff) {
        InvoiceTotals totals = with(invoice(List.of(usage("f", fee))), coupon("a", first), coupon("b", second))
                .totals();

        assertThat(credits(totals)).containsExactly(Map.entry("a", firstOff), Map.entry("b", secondOff));
    }

    @Test
    void couponsForMetricsComeBeforeThoseForPlansAndBothBeforeTheOthers() {
        List<Fee> fees = List.of(
                fee("plan", FeeKind.SUBSCRIPTION, 100, "basic", null),
                fee("calls", FeeKind.CHARGE, 100, "basic", "calls"));

        InvoiceTotals totals = with(
                        invoice(fees),
                        coupon("everything", "10%"),
                        coupon("basic", "10%", plans("basic", "pro")),
                        coupon("pro", "10%", plans("pro")),
                        coupon("calls", "50%", metrics("calls")))
                .totals();

        // 50 of 100 calls; 15 of the 150 left of the plan; nothing; 14 (13.5) of the 135 left.
        assertThat(credits(totals))
                .containsExactly(
                        Map.entry("calls", 50L),
                        Map.entry("basic", 15L),
                        Map.entry("pro", 0L),
                        Map.entry("everything", 14L));
    }

    @Test
    void aCouponTakesWholeCentsEvenWhereAThirdOfACentIsLeft() {
        // 10 off two fees of one metric: a third and two thirds of it; then all of one plan.
        List<Fee> fees = List.of(fee("a", FeeKind.CHARGE, 10, "p", "m"), fee("b", FeeKind.CHARGE, 20, "q", "m"));

        InvoiceTotals totals = with(
                        invoice(fees), coupon("metric", "10", metrics("m")), coupon("plan", "100", plans("p")))
                .totals();

        assertThat(credits(totals)).containsExactly(Map.entry("metric", 10L), Map.entry("plan", 6L));
        assertThat(totals.fees().list().getFirst().leftCents()).isEqualTo(fraction("2/3"));
        assertThat(totals.subTotalExcludingTaxesCents()).isEqualTo(14);
    }

    @Test
    void aCouponLowersWhatEachTaxIsOn() {
        Tax ten = tax("t1", "10");
        Tax twelve = tax("t2", "12");
        InvoiceTotals totals = with(
                        invoice(List.of(usage("f1", 1000, ten), usage("f2", 2000, ten, twelve))), coupon("c", "1000"))
                .totals();

        assertThat(totals.fees().list())
                .extracting(DiscountedFee::discountCents)
                .containsExactly(fraction("1000/3"), fraction("2000/3"));
        assertThat(totals.taxes().applied().get(ten).cents()).isEqualTo(Fraction.of(200));
        assertThat(totals.taxes().applied().get(twelve).baseCents()).isEqualTo(fraction("4000/3"));
        assertThat(totals.taxesCents()).isEqualTo(360);
        assertThat(totals.taxes().rate()).isEqualByComparingTo("18");
    }

    @Test
    void taxesAreRoundedOnceWhereTheyAreShown() {
        Tax ten = tax("t", "10");
        InvoiceTotals totals =
                invoice(List.of(usage("a", 55, ten), usage("b", 55, ten))).totals();

        assertThat(totals.fees().list())
                .extracting(fee -> fee.taxesCents().rounded())
                .containsExactly(6L, 6L);
        assertThat(totals.taxes().applied().get(ten).cents().rounded()).isEqualTo(11);
        assertThat(totals.taxesCents()).isEqualTo(11);
    }

    @Test
    void halfACentOfTaxIsRoundedUpThoughTheBaseNeverEnds() {
        // A third of 100 cents is left of the fee; 1.5 percent of it is exactly half a cent.
        Tax tax = tax("t", "1.5");
        List<Fee> fees = List.of(usage("a", 100, tax), usage("b", 200));

        InvoiceTotals totals = with(invoice(fees), coupon("c", "200")).totals();

        assertThat(totals.fees().list().getFirst().taxesCents()).isEqualTo(fraction("1/2"));
        assertThat(totals.taxesCents()).isEqualTo(1);
    }

    @Test
    void theRateOfAnInvoiceIsWeightedByAmountsAndOnAnInvoiceOfZeroByFees() {
        Tax ten = tax("t1", "10");
        Tax twelve = tax("t2", "12");

        assertThat(invoice(List.of(usage("a", 1000, ten), usage("b", 2000, ten, twelve)))
                        .totals()
                        .taxes()
                        .rate())
                .isEqualByComparingTo("18");
        assertThat(invoice(List.of(usage("a", 0, ten), usage("b", 0, ten, twelve)))
                        .totals()
                        .taxes()
                        .rate())
                .isEqualByComparingTo("16");
        assertThat(invoice(List.of()).totals().taxes().rate()).isEqualByComparingTo("0");
    }

    @Test
    void preciseTaxesLookAtTheFeeBeforeItWasRounded() {
        Fee fee = new Fee("f", FeeKind.CHARGE, 10, new BigDecimal("10.4"), List.of(VAT), null, null);
        Fee covered = new Fee("g", FeeKind.CHARGE, 10, new BigDecimal("9.6"), List.of(VAT), "p", null);

        List<DiscountedFee> fees = with(invoice(List.of(fee, covered)), coupon("c", "10", plans("p")))
                .totals()
                .fees()
                .list();

        assertThat(fees.get(0).taxesCents()).isEqualTo(Fraction.of(2));
        assertThat(fees.get(0).preciseTaxesCents()).isEqualTo(fraction("52/25"));
        assertThat(fees.get(1).preciseTaxesCents()).isEqualTo(Fraction.ZERO);
    }

    @Test
    void progressiveCreditComesOffUsageAlone() {
        List<Fee> fees = List.of(
                usage("a", 300),
                usage("b", 100),
                fee("missing", FeeKind.TRUE_UP, 200, null, null),
                subscription("plan", 400));

        InvoiceTotals totals = billedBefore(invoice(fees), 60).totals();

        assertThat(totals.fees().list())
                .extracting(fee -> fee.discountCents().rounded())
                .containsExactly(30L, 10L, 20L, 0L);
        assertThat(totals.subTotalExcludingTaxesCents()).isEqualTo(940);
    }

    @Test
    void progressiveCreditComesOffTheFeeItWasInvoicedFor() {
        List<Fee> fees = List.of(usage("a", 100), usage("b", 60), usage("c", 40));

        InvoiceTotals totals = billedBefore(
                        invoice(fees), new ProgressivelyBilled(Map.of("a", 80L, "b", 90L, "gone", 5L), 30))
                .totals();

        // 30 are left of b and 5 of what is gone; a third of what is known as a sum is a's, the rest is c's.
        assertThat(totals.fees().list())
                .extracting(DiscountedFee::discountCents)
                .containsExactly(Fraction.of(90), Fraction.of(60), Fraction.of(20));
        assertThat(totals.progressive().creditCents()).isEqualTo(170);
        assertThat(totals.progressive().excessCents()).isEqualTo(35);
    }

    @Test
    void whatWasInvoicedBeyondTheUsageGoesBack() {
        InvoiceTotals totals = billedBefore(invoice(List.of(usage("a", 1000), subscription("plan", 400))), 1500)
                .totals();

        assertThat(totals.progressive().creditCents()).isEqualTo(1000);
        assertThat(totals.progressive().excessCents()).isEqualTo(500);
        assertThat(totals.totalCents()).isEqualTo(400);
    }

    @ParameterizedTest(name = "invoice of {0}, notes of {1} and {2}: {3} and {4} paid, {5} left")
    @CsvSource({
        "100, 20, 50, 20, 50, 30",
        " 10, 20, 50, 10,  0,  0",
        " 20, 20, 50, 20,  0,  0",
        "  0, 20, 50,  0,  0,  0",
        "100,  0, 50,  0, 50, 50",
    })
    void creditNotesPayOneAfterTheOther(long fee, long first, long second, long firstPays, long secondPays, long left) {
        InvoiceTotals totals = with(invoice(List.of(usage("f", fee))), note("a", first), note("b", second))
                .totals();

        assertThat(totals.creditNotes().cents()).containsExactly(Map.entry("a", firstPays), Map.entry("b", secondPays));
        assertThat(totals.creditNotes().balances())
                .containsExactly(Map.entry("a", first - firstPays), Map.entry("b", second - secondPays));
        assertThat(totals.totalCents()).isEqualTo(left);
    }

    @Test
    void creditNotesPayAPartOfEveryFeeWithItsTaxes() {
        Fee taxed = usage("taxed", 50, VAT);
        Fee untaxed = usage("untaxed", 40);

        InvoiceTotals totals =
                with(invoice(List.of(taxed, untaxed)), note("n", 10)).totals();

        assertThat(totals.creditNotes().feeCents())
                .containsEntry(taxed, Fraction.of(6))
                .containsEntry(untaxed, Fraction.of(4));
    }

    @Test
    void whatIsInAnotherCurrencyPaysNothing() {
        Invoice invoice = new Invoice(
                "EUR",
                List.of(usage("f", 100)),
                ProgressivelyBilled.NOTHING,
                List.of(new Coupon(
                        "c",
                        new CouponLife(CouponLife.Frequency.ONCE, new CouponValue.FixedAmount("NOK", 10), 0, 0),
                        new CouponScope.Everything())),
                List.of(new OpenCreditNote("n", "USD", 10)),
                List.of(new Wallet("w", "GBP", 10, Set.of(), Set.of())));

        InvoiceTotals totals = invoice.totals();

        assertThat(totals.totalCents()).isEqualTo(100);
        assertThat(totals.coupons().uses().get("c")).isEqualTo(new CouponLife.Use(0, false, 0));
        assertThat(totals.creditNotes().balances()).containsEntry("n", 10L);
        assertThat(totals.prepaid().balances()).containsEntry("w", 10L);
    }

    @Test
    void aWalletPaysTheFeesThatItMayPayTheLargestKindFirst() {
        List<Fee> fees = List.of(usage("calls", 1550), subscription("plan", 3600));

        InvoiceTotals totals = with(
                        invoice(fees),
                        wallet("any", 1000),
                        wallet("usage", 1000, FeeKind.CHARGE),
                        wallet("plans", 1000, FeeKind.SUBSCRIPTION),
                        wallet("any too", 1000),
                        wallet("more usage", 1000, FeeKind.CHARGE),
                        wallet("more plans", 1000, FeeKind.SUBSCRIPTION))
                .totals();

        assertThat(totals.prepaid().cents())
                .containsExactly(
                        Map.entry("any", 1000L),
                        Map.entry("usage", 1000L),
                        Map.entry("plans", 1000L),
                        Map.entry("any too", 1000L),
                        Map.entry("more usage", 550L),
                        Map.entry("more plans", 600L));
        assertThat(totals.totalCents()).isZero();
    }

    @Test
    void aWalletLimitedToMetricsOrKindsPaysWhatMatchesEither() {
        List<Fee> fees = List.of(
                fee("calls", FeeKind.CHARGE, 100, null, "calls"),
                fee("traffic", FeeKind.CHARGE, 200, null, "traffic"),
                subscription("plan", 400),
                fee("minimum", FeeKind.COMMITMENT, 800, null, null));

        InvoiceTotals totals = with(
                        invoice(fees), new Wallet("w", "EUR", 5000, Set.of(FeeKind.SUBSCRIPTION), Set.of("calls")))
                .totals();

        assertThat(totals.prepaid().totalCents()).isEqualTo(500);
    }

    @Test
    void aTrueUpIsPaidAsTheUsageItBelongsTo() {
        List<Fee> fees = List.of(
                fee("calls", FeeKind.CHARGE, 800, null, "calls"), fee("missing", FeeKind.TRUE_UP, 200, null, "calls"));

        assertThat(with(invoice(fees), wallet("usage", 5000, FeeKind.CHARGE))
                        .totals()
                        .totalCents())
                .isZero();
    }

    @Test
    void walletsPayTheLastCentOfAnInvoiceWhateverIsRounded() {
        // Two fees of 52.5 with their taxes: each wallet pays whole cents, together they pay 105.
        List<Fee> fees = List.of(
                fee("a", FeeKind.CHARGE, 50, null, "m", tax("t", "5")),
                fee("b", FeeKind.SUBSCRIPTION, 50, null, null, tax("t", "5")));

        InvoiceTotals totals = with(
                        invoice(fees), wallet("usage", 100, FeeKind.CHARGE), wallet("plans", 100, FeeKind.SUBSCRIPTION))
                .totals();

        assertThat(totals.prepaid().cents()).containsExactly(Map.entry("usage", 53L), Map.entry("plans", 52L));
        assertThat(totals.totalCents()).isZero();
    }

    @Test
    void anEmptyOrOverdrawnWalletPaysNothing() {
        InvoiceTotals totals = with(invoice(List.of(usage("f", 100))), wallet("empty", 0), wallet("overdrawn", -5))
                .totals();

        assertThat(totals.prepaid().totalCents()).isZero();
        assertThat(totals.prepaid().balances()).containsEntry("overdrawn", -5L);
    }

    @Test
    void amountsThatDoNotFitAreRefusedNotWrapped() {
        assertThatThrownBy(() -> invoice(List.of(usage("a", Long.MAX_VALUE), usage("b", 1)))
                        .totals())
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(
                        () -> invoice(List.of(usage("a", Long.MAX_VALUE, VAT))).totals())
                .isInstanceOf(ArithmeticException.class);
        assertThat(with(invoice(List.of(usage("a", Long.MAX_VALUE))), coupon("c", "50%"))
                        .totals()
                        .totalCents())
                .isEqualTo(Long.MAX_VALUE / 2);
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> usage("f", -1)).hasMessageContaining("\"f\"");
        assertThatThrownBy(() -> usage("f", 1, VAT, VAT)).hasMessageContaining("twice");
        assertThatThrownBy(() -> tax("t", "-1")).hasMessageContaining("\"t\"");
        assertThatThrownBy(() -> note("n", -1)).hasMessageContaining("\"n\"");
        assertThatThrownBy(() -> coupon("c", "-1")).hasMessageContaining("negative");
        assertThatThrownBy(() -> coupon("c", "-1%")).hasMessageContaining("negative");
        assertThatThrownBy(() -> invoice(List.of(usage("f", 1), usage("f", 1)))).hasMessageContaining("fee");
        assertThatThrownBy(() -> billedBefore(invoice(List.of()), -1)).hasMessageContaining("progressive");
    }

    private static Map<String, Long> credits(InvoiceTotals totals) {
        Map<String, Long> credits = new LinkedHashMap<>();
        totals.coupons().uses().forEach((coupon, use) -> credits.put(coupon, use.creditCents()));
        return credits;
    }

    private static Fraction fraction(String text) {
        String[] parts = text.split("/");
        return Fraction.of(Long.parseLong(parts[0])).dividedBy(Fraction.of(Long.parseLong(parts[1])));
    }
}
