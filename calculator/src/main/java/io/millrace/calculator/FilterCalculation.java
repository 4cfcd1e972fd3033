package io.millrace.calculator;

import io.millrace.rating.filter.ChargeFilter;
import io.millrace.rating.filter.ChargeFilters;
import io.millrace.rating.filter.PricingGroupKeys;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which of a charge's filters prices an event, and the group it is priced in.
final class FilterCalculation {

    private FilterCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        Map<String, String> properties = EventProperties.of(input, "properties");
        ChargeFilters filters = ChargeFilters.compile(values(input, "metric_filters"), filters(input));
        PricingGroupKeys groupKeys = PricingGroupKeys.find(input.fields())
                .orElseThrow(() -> input.invalid("pricing_group_keys", "is not a list of texts"));
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("filter", filters.match(properties).map(ChargeFilter::id).orElse(null));
        result.put("grouped_by", groupKeys.groupOf(properties));
        return result;
    }

    /// Without a creation time all filters are equally old, and the id decides.
    private static List<ChargeFilter> filters(Input input) {
        List<ChargeFilter> filters = new ArrayList<>();
        for (Input filter : input.objects("filters")) {
            Instant createdAt = filter.optionalInstant("created_at");
            filters.add(new ChargeFilter(
                    filter.text("id"), createdAt == null ? Instant.EPOCH : createdAt, values(filter, "values")));
        }
        return filters;
    }

    /// Property → texts; none where the field is missing.
    private static Map<String, List<String>> values(Input input, String field) {
        if (!input.has(field)) {
            return Map.of();
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        Input properties = input.object(field);
        properties.fields().keySet().forEach(property -> values.put(property, properties.texts(property)));
        return values;
    }
}
