package io.millrace.rating.filter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The properties by whose values a charge's usage is priced apart, such as `[region]`: each region its own
/// fee.
///
/// @param keys names of properties, in the order of the charge; empty where everything is priced together
public record PricingGroupKeys(List<String> keys) {

    public static final PricingGroupKeys NONE = new PricingGroupKeys(List.of());

    /// Keys may not change afterwards.
    public PricingGroupKeys {
        keys = List.copyOf(keys);
    }

    /// Reads `pricing_group_keys`, or its older name `grouped_by`, from the properties of a charge or filter:
    /// a list of texts, or nothing at all. Empty where it is something else.
    public static Optional<PricingGroupKeys> find(Map<String, ?> properties) {
        Object value = properties.get("pricing_group_keys");
        if (value == null) {
            value = properties.get("grouped_by");
        }
        if (value == null) {
            return Optional.of(NONE);
        }
        if (!(value instanceof List<?> list)) {
            return Optional.empty();
        }
        List<String> keys = new ArrayList<>();
        for (Object key : list) {
            if (!(key instanceof String text) || text.isEmpty()) {
                return Optional.empty();
            }
            keys.add(text);
        }
        return Optional.of(new PricingGroupKeys(keys));
    }

    /// The group of an event: the value of each key, empty text where the event has none; in the order of the
    /// keys.
    public Map<String, String> groupOf(Map<String, String> properties) {
        if (keys.isEmpty()) {
            return Map.of();
        }
        Map<String, String> group = LinkedHashMap.newLinkedHashMap(keys.size());
        for (String key : keys) {
            group.put(key, properties.getOrDefault(key, ""));
        }
        return group;
    }
}
