package io.millrace.invoicer.organization;

import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a key may do: everything, also with resources to come, or what is listed.
///
/// @param listed such as `event:write`; never empty; null is everything
public record Permissions(@Nullable List<String> listed) {
    static final Permissions EVERYTHING = new Permissions(null);
    private static final String FIELD = "permissions";
    private static final List<String> MODES = List.of("read", "write");

    /// Reads `{"event": ["write"], "plan": ["read", "write"]}`; everything if absent.
    static Permissions of(Fields fields) {
        if (!fields.isPresent(FIELD)) return EVERYTHING;
        var listed = new TreeSet<String>();
        fields.tree(FIELD).forEach((word, modes) -> {
            if (!isKnown(word)
                    || !(modes instanceof Collection<?> given)
                    || !given.stream().allMatch(mode -> mode instanceof String text && MODES.contains(text))) {
                fields.violated(FIELD, "value_is_invalid");
            } else {
                given.forEach(mode -> listed.add(word + ":" + mode));
            }
        });
        if (listed.isEmpty() && fields.isValid()) fields.violated(FIELD, "value_is_mandatory");
        return new Permissions(List.copyOf(listed));
    }

    static Permissions stored(@Nullable String json) {
        return json == null ? EVERYTHING : new Permissions(Json.readList(json, String.class));
    }

    /// Every resource with its modes.
    Map<String, List<String>> shown() {
        var shown = new TreeMap<String, List<String>>();
        for (var resource : Resource.values()) {
            var modes = new ArrayList<String>();
            for (var mode : MODES) if (allow(resource, mode)) modes.add(mode);
            if (!modes.isEmpty()) shown.put(resource.word(), modes);
        }
        return shown;
    }

    /// True if whoever has these may hand out those.
    boolean cover(Permissions others) {
        if (listed == null) return true;
        return others.listed != null && listed.containsAll(others.listed);
    }

    boolean allow(Resource resource, String mode) {
        return listed == null || listed.contains(resource.word() + ":" + mode);
    }

    /// @throws Refusal.Forbidden if the request needs what is not permitted
    void check(HttpRequest<?> request) {
        if (listed == null) return;
        var mode = request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD ? "read" : "write";
        var resource = Resource.of(request);
        if (resource.filter(known -> allow(known, mode)).isEmpty()) {
            throw new Refusal.Forbidden(mode + "_action_not_allowed_for_"
                    + resource.map(Resource::word).orElse("object"));
        }
    }

    private static boolean isKnown(String word) {
        for (var resource : Resource.values()) if (resource.word().equals(word)) return true;
        return false;
    }
}
