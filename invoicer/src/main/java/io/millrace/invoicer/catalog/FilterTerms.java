package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import io.millrace.rating.filter.ChargeFilter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Another price of a charge: a part of what a plan's revision dates. It has no id yet.
///
/// @param values property to accepted values, both sorted, so that the same values in another order are the same
/// filter
/// @param properties its price, in the API's spelling
record FilterTerms(
        Map<String, List<String>> values,
        Map<String, Object> properties,
        @Nullable String invoiceDisplayName) {

    static FilterTerms of(io.millrace.invoicer.catalog.ChargeFilter filter) {
        return new FilterTerms(filter.values(), filter.properties(), filter.invoiceDisplayName());
    }

    /// Reads a filter of a request; fields that it does not name stay as they were.
    ///
    /// @param before null for a new filter; its values stay, for they are what it is known by
    /// @param declared what the charge's metric may be filtered by
    static FilterTerms read(
            Fields fields, @Nullable FilterTerms before, String chargeModel, List<MetricFilter> declared) {
        var properties = before == null || fields.has("properties") ? fields.tree("properties") : before.properties;
        ChargeTerms.checkPrice(fields, chargeModel, properties);
        var values = before == null || fields.has("values") ? values(fields, declared) : before.values;
        if (before != null && !values.equals(before.values)) fields.violated("values", "feature_unavailable");
        var name = before == null || fields.has("invoice_display_name")
                ? fields.name("invoice_display_name")
                : before.invoiceDisplayName;
        return new FilterTerms(values, properties, name);
    }

    private static Map<String, List<String>> values(Fields fields, List<MetricFilter> declared) {
        var values = new TreeMap<String, List<String>>();
        var tree = fields.tree("values");
        if (tree.isEmpty()) fields.violated("values", "value_is_mandatory");
        tree.forEach((key, accepted) -> {
            var filter =
                    declared.stream().filter(each -> each.key().equals(key)).findFirst();
            if (filter.isEmpty() || !(accepted instanceof List<?> list) || list.isEmpty()) {
                fields.violated("values", "value_is_invalid");
                return;
            }
            var texts = new ArrayList<String>();
            for (var value : list) {
                boolean known = value instanceof String text
                        && (text.equals(ChargeFilter.ALL_VALUES)
                                || filter.get().values().contains(text));
                if (!known) fields.violated("values", "value_is_invalid");
                texts.add(String.valueOf(value));
            }
            values.put(key, texts.stream().distinct().sorted().toList());
        });
        return new LinkedHashMap<>(values);
    }
}
