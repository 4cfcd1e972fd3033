package io.millrace.invoicer.customer;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.ShownOnly;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Keys and values of a customer's own, at most five.
final class Metadata {
    private static final int MOST = 5;
    private static final int LONGEST_KEY = 20;
    private static final int LONGEST_VALUE = 100;

    private Metadata() {}

    /// What a request leaves of a customer's metadata: its list is the whole of it. An item keeps its id, and when
    /// it was made, if it is named by that id or has the key that it had.
    ///
    /// @param before as kept
    /// @return as kept
    static List<Map<String, Object>> read(List<Fields> items, Fields customer, List<ShownOnly> before, Instant now) {
        if (items.size() > MOST) customer.violated("metadata", "invalid_count");
        var byId = new HashMap<String, ShownOnly>();
        var byKey = new HashMap<String, ShownOnly>();
        for (var each : before) {
            byId.put(String.valueOf(each.text("lago_id")), each);
            byKey.put(String.valueOf(each.text("key")), each);
        }
        var keys = new HashSet<String>();
        var read = new ArrayList<Map<String, Object>>();
        for (var item : items) {
            var id = item.id("id");
            var key = bounded(item, "key", LONGEST_KEY);
            var value = bounded(item, "value", LONGEST_VALUE);
            if (!key.isEmpty() && !keys.add(key)) item.violated("key", "value_already_exist");
            var same = id == null ? byKey.get(key) : byId.get(id.toString());
            if (id != null && same == null) item.violated("id", "value_is_invalid");
            var kept = new LinkedHashMap<String, Object>();
            kept.put("lago_id", text(same, "lago_id", UUID.randomUUID().toString()));
            kept.put("key", key);
            kept.put("value", value);
            kept.put("display_in_invoice", item.flag("display_in_invoice", false));
            kept.put("created_at", text(same, "created_at", Shown.time(now)));
            read.add(kept);
        }
        return read;
    }

    private static String bounded(Fields item, String name, int longest) {
        var text = item.requiredName(name);
        if (text.length() > longest) item.violated(name, "value_is_too_long");
        return text;
    }

    private static String text(@Nullable ShownOnly same, String name, String otherwise) {
        var text = same == null ? null : same.text(name);
        return text == null ? otherwise : text;
    }
}
