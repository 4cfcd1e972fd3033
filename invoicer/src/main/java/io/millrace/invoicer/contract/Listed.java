package io.millrace.invoicer.contract;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A page of a list.
///
/// @param total rows of the whole list, as of the walk's first page
/// @param page its number, from 1
/// @param next where the list goes on; null at its end
public record Listed<T>(
        List<T> rows,
        long total,
        long page,
        int perPage,
        @Nullable Cursor next) {
    /// The row that a page begins after. A walk by cursors costs the same at any depth: it neither skips nor counts
    /// again, and what is created meanwhile moves nothing.
    ///
    /// @param total as counted when the walk began
    /// @param page number of the page that begins here
    public record Cursor(long page, long total, Instant createdAt, UUID id) {
        private static final Pattern FORM =
                Pattern.compile("([1-9][0-9]{0,14}) ([0-9]{1,15}) (-?[0-9]{1,17}) ([0-9a-f-]{36})");

        /// @throws Refusal.Invalid if the text is no cursor
        static Cursor parse(String text) {
            var parts = FORM.matcher(decoded(text));
            var id = parts.matches() ? Ids.parse(parts.group(4)) : Optional.<UUID>empty();
            if (id.isEmpty()) throw new Refusal.Invalid("cursor", "value_is_invalid");
            return new Cursor(
                    Long.parseLong(parts.group(1)),
                    Long.parseLong(parts.group(2)),
                    Instant.EPOCH.plus(Long.parseLong(parts.group(3)), ChronoUnit.MICROS),
                    id.get());
        }

        private static String decoded(String text) {
            try {
                return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return "";
            }
        }

        @Override
        public String toString() {
            var text = "%d %d %d %s".formatted(page, total, ChronoUnit.MICROS.between(Instant.EPOCH, createdAt), id);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /// The answer: `{"<plural>": [...], "meta": {...}}`, the contract's, with the cursor of the next page.
    ///
    /// @param shown the rows as the API shows them
    public Map<String, Object> answer(String plural, List<?> shown) {
        var meta = new LinkedHashMap<>(Paging.meta(page, perPage, total));
        meta.put("next_cursor", next == null ? null : next.toString());
        return Map.of(plural, shown, "meta", meta);
    }
}
