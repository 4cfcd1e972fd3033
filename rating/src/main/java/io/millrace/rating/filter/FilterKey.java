package io.millrace.rating.filter;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A property that filters name, with a small number for each value that any of them accepts, so that an
/// event's text is looked up once and the rest is array access.
final class FilterKey {

    static final int UNKNOWN = -1;

    private final String name;
    private final int position;
    private final Map<String, Integer> numbers;

    private FilterKey(String name, int position, Map<String, Integer> numbers) {
        this.name = name;
        this.position = position;
        this.numbers = numbers;
    }

    /// A property without values yet.
    FilterKey(String name, int position) {
        this(name, position, new HashMap<>());
    }

    /// The same for good. The filters of a thousand charges name the same few properties and values: each text is in
    /// memory once for all of them, and so in the processor's caches.
    FilterKey compiled() {
        Map<String, Integer> shared = HashMap.newHashMap(numbers.size());
        numbers.forEach((value, number) -> shared.put(value.intern(), number));
        return new FilterKey(name.intern(), position, Map.copyOf(shared));
    }

    /// The value's number; a new one for a value not seen before. Only while compiling.
    int number(String value) {
        return numbers.computeIfAbsent(value, v -> numbers.size());
    }

    String name() {
        return name;
    }

    int position() {
        return position;
    }

    int values() {
        return numbers.size();
    }

    /// [#UNKNOWN] where the event lacks the property or no filter accepts its value.
    int numberIn(Map<String, String> properties) {
        @Nullable String value = properties.get(name);
        if (value == null) {
            return UNKNOWN;
        }
        @Nullable Integer number = numbers.get(value);
        return number == null ? UNKNOWN : number;
    }
}
