package io.millrace.invoicer.customer;

import io.micronaut.http.HttpRequest;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Selection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which customers a list is of, by the contract's parameters.
final class CustomerFilters {
    private CustomerFilters() {}

    static Selection selection(UUID organization, HttpRequest<?> request) {
        var selection = Selection.of("customers", organization).where("t.deleted_at is null");
        var parameters = Fields.ofParameters(request);
        var externalId = text(parameters, "external_id");
        if (externalId != null) selection.where("t.external_id = ?", externalId);
        var term = text(parameters, "search_term");
        if (term != null) {
            selection.whereFound(
                    term,
                    "t.external_id",
                    "t.name",
                    "t.email",
                    "t.details->>'firstname'",
                    "t.details->>'lastname'",
                    "t.details->>'legal_name'");
        }
        selection
                .whereOneOf("t.details->>'country'", upperCase(parameters.listed("countries")))
                .whereOneOf("t.details->>'state'", parameters.listed("states"))
                .whereOneOf("t.details->>'zipcode'", parameters.listed("zipcodes"))
                .whereOneOf("t.currency", parameters.listed("currencies"));
        var type = text(parameters, "customer_type");
        if (type != null) selection.where("t.details->>'customer_type' = ?", type);
        isPresent(selection, "customer_type", text(parameters, "has_customer_type"));
        isPresent(selection, "tax_identification_number", text(parameters, "has_tax_identification_number"));
        // There are no partners.
        var accounts = parameters.listed("account_type");
        if (!accounts.isEmpty() && !accounts.contains("customer")) selection.where("false");
        selection.ofBillingEntities(parameters);
        metadata(selection, parameters);
        return selection;
    }

    /// An empty value asks for customers that have no such key.
    private static void metadata(Selection selection, Fields parameters) {
        var has = "exists (select 1 from jsonb_array_elements(t.details->'metadata') m where m->>'key' = ?%s)";
        parameters.keyed("metadata").forEach((key, value) -> {
            if (value.isEmpty()) selection.where("not " + has.formatted(""), key);
            else selection.where(has.formatted(" and m->>'value' = ?"), key, value);
        });
    }

    private static void isPresent(Selection selection, String name, @Nullable String asked) {
        if (asked == null) return;
        selection.where("t.details->>'%s' is %s null".formatted(name, asked.equals("true") ? "not" : ""));
    }

    private static @Nullable String text(Fields parameters, String name) {
        var text = parameters.text(name);
        return text == null || text.isEmpty() ? null : text;
    }

    private static List<String> upperCase(List<String> texts) {
        return texts.stream().map(text -> text.toUpperCase(Locale.ROOT)).toList();
    }
}
