package io.millrace.rating.invoice;

import static io.millrace.rating.invoice.Fixtures.coupon;
import static io.millrace.rating.invoice.Fixtures.creditNote;
import static io.millrace.rating.invoice.Fixtures.fee;
import static io.millrace.rating.invoice.Fixtures.invoice;
import static io.millrace.rating.invoice.Fixtures.plans;
import static io.millrace.rating.invoice.Fixtures.tax;
import static io.millrace.rating.invoice.Fixtures.usage;
import static io.millrace.rating.invoice.Fixtures.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreditNoteTest {

    private static final Tax VAT = tax("vat", "20");

    /// 578.00 of fees; a coupon of 250.00 for the second plan, which has a tax more.
    private static final InvoiceTotals TWO_PLANS = with(
                    invoice(List.of(
                            fee("basic", FeeKind.SUBSCRIPTION, 17900, "basic", null, tax("t", "10")),
                            fee("pro", FeeKind.SUBSCRIPTION, 39900, "pro", null, tax("t", "10"), tax("p", "10")))),
                    coupon("c", "25000", plans("pro")))
            .totals();

    @ParameterizedTest(name = "{0} of basic and {1} of pro: coupons {2}, sub-total {3}, taxes {4} at {5} percent")
    @CsvSource({
        "17900, 39900, 25000, 32800, 4770, 14.54268",
        "    0, 26260, 16454,  9806, 1961, 20",
        "17900,     0,     0, 17900, 1790, 10",
        "    0,     0,     0,     0,    0, 15",
        // A part of a period is a part of a cent.
        "0.4,       0,     0,     0,    0, 10",
        "15466.66666, 0,   0, 15467, 1547, 10",
    })
    void aNoteGivesBackPartsOfFeesLessTheirCouponsWithTheirTaxes(
            String basic, String pro, long coupons, long subTotal, long taxes, String rate) {
        CreditNote note = creditNote(TWO_PLANS, List.of(), "basic", basic, "pro", pro);

        assertThat(note.couponsAdjustmentCents().rounded()).isEqualTo(coupons);
        assertThat(note.subTotalCents()).isEqualTo(subTotal);
        assertThat(note.taxesCents()).isEqualTo(taxes);
        assertThat(note.totalCents()).isEqualTo(subTotal + taxes);
        assertThat(note.taxes().rate()).isEqualByComparingTo(rate);
        assertThat(note.beyondTheirFees()).isEmpty();
    }

    @Test
    void aNoteOnTheWholeInvoiceIsTheInvoice() {
        CreditNote note = creditNote(TWO_PLANS, List.of(), "basic", 17900, "pro", 39900);

        assertThat(note.totalCents()).isEqualTo(TWO_PLANS.totalCents()).isEqualTo(37570);
    }

    @Test
    void theNotesOfAnInvoiceAddUpToIt() {
        // 68.33 with 20 percent is 81.996: three times 82.00, and in parts 16.40, 26.80 and the rest, 38.78.
        InvoiceTotals invoice = invoice(List.of(
                        usage("a", 6833, VAT), usage("b", 6833, VAT), usage("c", 6833, VAT), usage("d", 6833, VAT)))
                .totals();

        List<CreditNote> notes = new ArrayList<>();
        for (String fee : List.of("a", "b", "c")) {
            notes.add(creditNote(invoice, notes, fee, 6833));
        }
        for (int part : new int[] {1367, 2233, 3233}) {
            notes.add(creditNote(invoice, notes, "d", part));
        }

        assertThat(notes).extracting(CreditNote::totalCents).containsExactly(8200L, 8200L, 8200L, 1640L, 2680L, 3878L);
        assertThat(notes.stream().mapToLong(CreditNote::totalCents).sum())
                .isEqualTo(invoice.totalCents())
                .isEqualTo(32798);
    }

    @Test
    void manySmallNotesNeverGiveBackMoreThanTheInvoice() {
        // Half a cent is left of each cent of the fee: every note alone would be rounded up to a cent.
        InvoiceTotals invoice =
                with(invoice(List.of(usage("f", 10, VAT))), coupon("c", "5")).totals();

        List<CreditNote> notes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            notes.add(creditNote(invoice, notes, "f", 1));
        }

        assertThat(notes.stream().mapToLong(CreditNote::subTotalCents).sum()).isEqualTo(5);
        assertThat(notes.stream().mapToLong(CreditNote::totalCents).sum()).isEqualTo(6);
        assertThat(notes).allSatisfy(note -> assertThat(note.totalCents()).isNotNegative());
    }

    @Test
    void manySmallNotesNeverGiveBackMoreTaxesThanTheInvoiceHas() {
        InvoiceTotals invoice =
                invoice(List.of(usage("f", 10, tax("t", "50")), usage("g", 10))).totals();

        List<CreditNote> notes = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            notes.add(creditNote(invoice, notes, "f", 1));
        }

        assertThat(notes).extracting(CreditNote::taxesCents).containsExactly(1L, 1L, 1L, 1L, 1L, 0L, 0L, 0L, 0L);
    }

    @Test
    void whatIsBeyondAFeeIsNamed() {
        InvoiceTotals invoice = invoice(List.of(usage("a", 10), usage("b", 10))).totals();

        CreditNote first = creditNote(invoice, List.of(), "a", 10, "b", 15);
        assertThat(first.beyondTheirFees()).containsExactly("b");

        CreditNote ok = creditNote(invoice, List.of(), "a", 6);
        assertThat(creditNote(invoice, List.of(ok), "a", 5).beyondTheirFees()).containsExactly("a");
        assertThat(creditNote(invoice, List.of(ok), "a", 4).beyondTheirFees()).isEmpty();
    }

    @Test
    void aFeeOfZeroGivesNothingBack() {
        InvoiceTotals invoice = invoice(List.of(usage("f", 0, VAT))).totals();

        CreditNote note = creditNote(invoice, List.of(), "f", 0);

        assertThat(note.totalCents()).isZero();
        assertThat(note.couponsAdjustmentCents()).isEqualTo(Fraction.ZERO);
    }

    @ParameterizedTest(name = "paid {0}, gone back {1}: {2} can be refunded")
    @CsvSource({"37570, 0, 37570", "1200, 0, 1200", "1200, 1000, 200", "1200, 1300, 0", "0, 0, 0", "99999, 0, 37570"})
    void moneyGoesBackOnlyAsFarAsItWasPaid(long paid, long refunded, long refundable) {
        CreditNote note = creditNote(TWO_PLANS, List.of(), "basic", 17900, "pro", 39900);

        assertThat(note.refundableCents(paid, refunded)).isEqualTo(refundable);
    }

    @Test
    void whatIsNeitherRefundedNorOffsetIsCredit() {
        CreditNote note = creditNote(TWO_PLANS, List.of(), "basic", 1000);

        assertThat(note.split(300, 200)).isEqualTo(new CreditNote.Split(300, 200, 600));
        assertThat(note.split(1100, 0)).isEqualTo(new CreditNote.Split(1100, 0, 0));
        assertThatThrownBy(() -> note.split(1100, 1)).hasMessageContaining("1100");
        assertThatThrownBy(() -> note.split(-1, 0)).hasMessageContaining("1100");
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> creditNote(TWO_PLANS, List.of(), "enterprise", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("enterprise");
        assertThatThrownBy(() -> creditNote(TWO_PLANS, List.of(), "basic", -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("basic");
    }
}
