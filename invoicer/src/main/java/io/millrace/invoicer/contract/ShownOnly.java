package io.millrace.invoicer.contract;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is kept of a customer or an organization as one JSON object, and shown: it decides nothing.
public final class ShownOnly {
    private final Map<String, Object> values;

    private ShownOnly(Map<String, Object> values) {
        this.values = values;
    }

    /// @param json as [#json] wrote it
    public static ShownOnly of(String json) {
        return new ShownOnly(new LinkedHashMap<>(Json.tree(json)));
    }

    /// Takes the texts that the request names.
    public ShownOnly texts(Fields fields, Collection<String> names) {
        for (var name : names) if (fields.has(name)) put(name, fields.name(name));
        return this;
    }

    /// Takes the parts of an address that the request names.
    public ShownOnly address(Fields fields) {
        if (fields.has("country")) put("country", fields.country("country"));
        return texts(fields, List.of("address_line1", "address_line2", "city", "state", "zipcode"));
    }

    /// @param value null to forget it
    public ShownOnly put(String name, @Nullable Object value) {
        if (value == null) values.remove(name);
        else values.put(name, value);
        return this;
    }

    public @Nullable String text(String name) {
        return values.get(name) instanceof String text ? text : null;
    }

    public boolean flag(String name) {
        return Boolean.TRUE.equals(values.get(name));
    }

    /// An object in it; empty if there is none.
    public ShownOnly object(String name) {
        var object = new LinkedHashMap<String, Object>();
        if (values.get(name) instanceof Map<?, ?> map)
            map.forEach((key, value) -> object.put(String.valueOf(key), value));
        return new ShownOnly(object);
    }

    public Map<String, Object> tree() {
        return values;
    }

    public List<ShownOnly> objects(String name) {
        return values.get(name) instanceof List<?> list
                ? list.stream().map(each -> of(Json.write(each))).toList()
                : List.of();
    }

    public String json() {
        return Json.write(values);
    }
}
