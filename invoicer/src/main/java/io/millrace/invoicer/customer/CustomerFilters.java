package io.millrace.invoicer.customer;

import io.micronaut.http.HttpRequest;
import io.millrace.invoicer.contract.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which customers a list is of, by the contract's parameters.
final class CustomerFilters {
    private static final Pattern METADATA = Pattern.compile("metadata\\[(.+)]");

    private CustomerFilters() {}

    static Selection selection(UUID organization, HttpRequest<?> request) {
        var selection = Selection.of("customers", organization).where("t.deleted_at is null");
        var externalId = text(request, "external_id");
        if (externalId != null) selection.where("t.external_id = ?", externalId);
        var term = text(request, "search_term");
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
                .whereOneOf("t.details->>'country'", upperCase(list(request, "countries")))
                .whereOneOf("t.details->>'state'", list(request, "states"))
                .whereOneOf("t.details->>'zipcode'", list(request, "zipcodes"))
                .whereOneOf("t.currency", list(request, "currencies"));
        var type = text(request, "customer_type");
        if (type != null) selection.where("t.details->>'customer_type' = ?", type);
        isPresent(selection, "customer_type", text(request, "has_customer_type"));
        isPresent(selection, "tax_identification_number", text(request, "has_tax_identification_number"));
        // There are no partners, and no billing entities.
        var accounts = list(request, "account_type");
        boolean isOfOthers = !accounts.isEmpty() && !accounts.contains("customer");
        if (isOfOthers || !list(request, "billing_entity_codes").isEmpty()) selection.where("false");
        metadata(selection, request);
        return selection;
    }

    /// An empty value asks for customers that have no such key.
    private static void metadata(Selection selection, HttpRequest<?> request) {
        var has = "exists (select 1 from jsonb_array_elements(t.details->'metadata') m where m->>'key' = ?%s)";
        for (var name : request.getParameters().names()) {
            var key = METADATA.matcher(name);
            if (!key.matches()) continue;
            var value = request.getParameters().get(name);
            if (value == null || value.isEmpty()) selection.where("not " + has.formatted(""), key.group(1));
            else selection.where(has.formatted(" and m->>'value' = ?"), key.group(1), value);
        }
    }

    private static void isPresent(Selection selection, String name, @Nullable String asked) {
        if (asked == null) return;
        selection.where("t.details->>'%s' is %s null".formatted(name, asked.equals("true") ? "not" : ""));
    }

    private static @Nullable String text(HttpRequest<?> request, String name) {
        var text = request.getParameters().get(name);
        return text == null || text.isEmpty() ? null : text;
    }

    private static List<String> list(HttpRequest<?> request, String name) {
        var texts = new ArrayList<>(request.getParameters().getAll(name + "[]"));
        texts.addAll(request.getParameters().getAll(name));
        return texts;
    }

    private static List<String> upperCase(List<String> texts) {
        return texts.stream().map(text -> text.toUpperCase(Locale.ROOT)).toList();
    }
}
