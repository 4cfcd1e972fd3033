package io.millrace.streams;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.filter.PricingGroupKeys;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The properties of a charge or of one of its filters: how events are grouped, and the price. The price is
/// compiled at its first use: the enricher never asks for it.
final class PriceProperties {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final Map<String, Object> properties;
    private final PricingGroupKeys groups;
    private volatile @Nullable ChargeModel price;

    private PriceProperties(Map<String, Object> properties) {
        this.properties = properties;
        this.groups = groups(properties);
    }

    /// @param json a JSON object in the API's spelling
    /// @throws IllegalArgumentException if it is none
    static PriceProperties parse(String json) {
        try {
            Map<String, Object> properties = JSON.readValue(json, new TypeReference<>() {});
            if (properties == null) throw new IllegalArgumentException("price properties are null");
            return new PriceProperties(properties);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("price properties are not a JSON object: " + json, e);
        }
    }

    PricingGroupKeys groups() {
        return groups;
    }

    ChargeModel price(String model) {
        var known = price;
        if (known == null) {
            known = ChargeModel.parse(model, properties);
            price = known;
        }
        return known;
    }

    private static PricingGroupKeys groups(Map<String, Object> properties) {
        // The API's older name for the same list is still accepted.
        var keys = properties.getOrDefault("pricing_group_keys", properties.get("grouped_by"));
        if (!(keys instanceof List<?> names)) return PricingGroupKeys.NONE;
        return new PricingGroupKeys(names.stream().map(String::valueOf).toList());
    }
}
