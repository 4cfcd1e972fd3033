package io.millrace.rating.filter;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The properties by whose values a charge's usage is priced apart, such as `[region]`: each region its own
/// fee.
///
/// @param keys names of properties, in the order of the charge; empty where everything is priced together
public record PricingGroupKeys(List<String> keys) {

    public static final PricingGroupKeys NONE = new PricingGroupKeys(List.of());

    public PricingGroupKeys {
        keys = List.copyOf(keys);
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
