package io.millrace.streams;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was used lately, by key, in no more room than it was given. Where the younger half is full, it becomes the
/// older one and what is still in that is forgotten; whatever is met in the older half moves to the younger. So a
/// use writes nothing, but for the first after a change of halves: to keep an exact order would be the dearer part
/// of a look-up.
///
/// Belongs to one thread.
public final class RecentlyUsed<K, V> {
    private final int half;
    private Map<K, V> younger = new HashMap<>();
    private Map<K, V> older = new HashMap<>();

    /// @param atMost how many are kept, from 2
    public RecentlyUsed(int atMost) {
        if (atMost < 2) throw new IllegalArgumentException("nothing can be kept in a room of " + atMost);
        this.half = atMost / 2;
    }

    /// Null where nothing is kept under the key, or nothing any more.
    public @Nullable V get(K key) {
        var value = younger.get(key);
        if (value != null) return value;
        value = older.remove(key);
        if (value != null) put(key, value);
        return value;
    }

    public void put(K key, V value) {
        if (younger.size() >= half && !younger.containsKey(key)) {
            older = younger;
            younger = new HashMap<>();
        }
        younger.put(key, value);
    }

    public void remove(K key) {
        younger.remove(key);
        older.remove(key);
    }
}
