package io.millrace.invoicer.deadletter;

import io.micronaut.data.model.Pageable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.deadletter.DeadLetters.Filters;
import io.millrace.invoicer.deadletter.DeadLetters.Selection;
import io.millrace.invoicer.organization.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What could not be billed, and sending it again once its cause is mended.
@Controller("/api/v1/dead_letters")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class DeadLetterController {
    private static final String RESOURCE = "dead_letter";
    /// Letters that one request sends again.
    private static final int MOST = 1000;
    /// Bytes of them that are held in memory; one letter is always sent, whatever its size.
    private static final long MOST_BYTES = 32 << 20;

    private final DeadLetters letters;
    private final ReDrives reDrives;
    private final DeadLetterObjects objects;

    DeadLetterController(DeadLetters letters, ReDrives reDrives, DeadLetterObjects objects) {
        this.letters = letters;
        this.reDrives = reDrives;
        this.objects = objects;
    }

    /// @param reDrivenCount letters that this request sent again
    /// @param remainingCount letters that fit the request and are still to be sent
    @Wire
    record ReDriveObject(int reDrivenCount, long remainingCount) {}

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var organization = caller.organizationId();
        var selection = new Selection(
                parameter(request, "include_re_driven").equals("true"),
                parameter(request, "include_enriched").equals("true"),
                false);
        var page = letters.ids(organization, filters(request), selection, Paging.of(request));
        var shown = letters.brief(organization, page.getContent()).stream()
                .map(objects::brief)
                .toList();
        return Paging.answer("dead_letters", shown, page.getPageable(), page.getTotalSize());
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        return Map.of(RESOURCE, objects.whole(find(caller, id)));
    }

    /// Sends one again, also one that was sent before: its event is billed at most once.
    @Post("/{id}/re_drive")
    Map<String, Object> reDrive(Caller caller, String id) {
        var letter = find(caller, id);
        if (!letter.isRaw()) throw new Refusal.Invalid("origin_topic", "value_is_invalid");
        if (letter.originValueSize() > DeadLetter.LARGEST) {
            throw new Refusal.Invalid("origin_value", "value_is_too_long");
        }
        reDrives.send(caller, List.of(letter));
        return get(caller, id);
    }

    /// Sends those again that fit the list's filters, are open and can be sent, the oldest first.
    @Post("/re_drive")
    Map<String, Object> reDriveAll(Caller caller, HttpRequest<?> request) {
        var organization = caller.organizationId();
        var filters = filters(request);
        // A filter that was misspelt would mean all of them.
        if (filters.isEmpty()) throw new Refusal.Invalid("reason", "value_is_mandatory");
        var page = letters.ids(organization, filters, Selection.SENDABLE, Pageable.from(0, MOST));
        var some = new ArrayList<String>();
        long bytes = 0;
        for (var letter : letters.brief(organization, page.getContent())) {
            bytes += letter.originValueSize();
            if (!some.isEmpty() && bytes > MOST_BYTES) break;
            some.add(letter.id());
        }
        reDrives.send(caller, letters.whole(organization, some));
        return Map.of("re_drive", new ReDriveObject(some.size(), page.getTotalSize() - some.size()));
    }

    private DeadLetter find(Caller caller, String id) {
        return letters.whole(caller.organizationId(), List.of(id)).stream()
                .findFirst()
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    private static Filters filters(HttpRequest<?> request) {
        return new Filters(
                parameter(request, "reason"),
                parameter(request, "code"),
                parameter(request, "external_subscription_id"),
                parameter(request, "transaction_id"));
    }

    private static String parameter(HttpRequest<?> request, String name) {
        return Objects.requireNonNullElse(Fields.ofParameters(request).text(name), "");
    }
}
