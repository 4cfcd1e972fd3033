package io.millrace.rating.invoice;

/// A customer's credit note with what is left of it.
///
/// @param id unique among the invoice's credit notes
/// @param currency pays invoices of no other
/// @param balanceCents minor units, not negative
public record OpenCreditNote(String id, String currency, long balanceCents) {

    public OpenCreditNote {
        if (balanceCents < 0) {
            throw new IllegalArgumentException("the balance of credit note \"%s\" is negative".formatted(id));
        }
    }
}
