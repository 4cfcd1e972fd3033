package io.millrace.invoicer.contract;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Lists by pages, as the contract wants them: `page` from 1, `per_page` 20 unless told, at most 100.
public final class Paging {
    private static final int USUAL = 20;
    private static final int MOST = 100;
    /// So that an offset stays a number that PostgreSQL takes.
    private static final int LAST = 10_000_000;

    private Paging() {}

    /// The page that a request asks for; a parameter that makes no sense counts as not given.
    public static Pageable of(HttpRequest<?> request) {
        var parameters = Fields.ofParameters(request);
        int page = parameter(parameters, "page", 1, LAST);
        int size = parameter(parameters, "per_page", USUAL, MOST);
        return Pageable.from(page - 1, size);
    }

    /// The part of a list that a request asks for.
    public static <T> Page<T> of(HttpRequest<?> request, List<T> all) {
        var asked = of(request);
        int from = (int) Math.min(asked.getOffset(), all.size());
        int to = Math.min(from + asked.getSize(), all.size());
        return Page.of(all.subList(from, to), asked, (long) all.size());
    }

    /// The answer: `{"<plural>": [...], "meta": {...}}`.
    public static <T> Map<String, Object> answer(String plural, Page<T> page, Function<T, Object> shown) {
        return answer(plural, page.getContent().stream().map(shown).toList(), page.getPageable(), page.getTotalSize());
    }

    public static Map<String, Object> answer(String plural, List<?> shown, Pageable asked, long total) {
        return Map.of(plural, shown, "meta", meta(asked.getNumber() + 1L, asked.getSize(), total));
    }

    static Map<String, Object> meta(long current, int perPage, long total) {
        long pages = (total + perPage - 1) / perPage;
        var meta = new LinkedHashMap<String, Object>();
        meta.put("current_page", current);
        meta.put("next_page", current < pages ? current + 1 : null);
        meta.put("prev_page", current > 1 ? current - 1 : null);
        meta.put("total_pages", pages);
        meta.put("total_count", total);
        return meta;
    }

    private static int parameter(Fields parameters, String name, int otherwise, int most) {
        var text = parameters.text(name);
        if (text == null || !text.matches("[0-9]{1,9}")) return otherwise;
        int number = Integer.parseInt(text);
        return number < 1 ? otherwise : Math.min(number, most);
    }
}
