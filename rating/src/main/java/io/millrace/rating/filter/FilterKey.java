package io.millrace.rating.filter;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/// A property that filters name, with a small number for each value that any of them accepts, so that an
/// event's text is looked up once and the rest is array access.
///
/// @param position where the number of an event's value stands among those of its other properties
/// @param numbers those of all values, from 0
record FilterKey(String name, int position, Map<String, Integer> numbers) {

    static final int UNKNOWN = -1;

    /// The charges of a thousand plans name the same few properties and values: what is equal is in memory once for
    /// all of them, and so in the processor's caches.
    private static final Map<Map<String, Integer>, WeakReference<Map<String, Integer>>> SHARED = new WeakHashMap<>();

    /// @param values that filters accept; in order, so that the same values get the same numbers
    static FilterKey of(String name, int position, SortedSet<String> values) {
        Map<String, Integer> numbers = HashMap.newHashMap(values.size());
        values.forEach(value -> numbers.put(value, numbers.size()));
        return new FilterKey(name.intern(), position, shared(numbers));
    }

    /// A value that a filter accepts.
    int number(String value) {
        return Objects.requireNonNull(numbers.get(value));
    }

    int values() {
        return numbers.size();
    }

    /// [#UNKNOWN] where the event lacks the property or no filter accepts its value.
    int numberIn(Map<String, String> properties) {
        @Nullable String value = properties.get(name);
        return value == null ? UNKNOWN : numbers.getOrDefault(value, UNKNOWN);
    }

    private static Map<String, Integer> shared(Map<String, Integer> numbers) {
        synchronized (SHARED) {
            @Nullable WeakReference<Map<String, Integer>> known = SHARED.get(numbers);
            @Nullable Map<String, Integer> shared = known == null ? null : known.get();
            if (shared != null) {
                return shared;
            }
            SHARED.put(numbers, new WeakReference<>(numbers));
            return numbers;
        }
    }
}
