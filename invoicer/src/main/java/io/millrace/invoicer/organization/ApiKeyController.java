package io.millrace.invoicer.organization;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.ShownOnce;
import io.millrace.invoicer.contract.Wire;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The keys of the organization. A key's secret is in the answer that makes it, and nowhere else.
@Controller("/api/v1/api_keys")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class ApiKeyController {
    private final ApiKeys keys;

    ApiKeyController(ApiKeys keys) {
        this.keys = keys;
    }

    /// @param value the secret; null but for the answer that makes the key
    @Wire
    record ApiKeyObject(
            String lagoId,
            @Nullable String name,
            @Nullable String value,
            @Nullable String lastCharacters,
            Map<String, List<String>> permissions,
            @Nullable String expiresAt,
            @Nullable String lastUsedAt,
            String createdAt) {}

    @Post
    Map<String, Object> create(Caller caller, HttpRequest<?> request, @Body byte @Nullable [] body) {
        return issued(request, keys.create(caller, Fields.of(body, ApiKeys.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        return Paging.answer("api_keys", keys.list(caller, Paging.of(request)), key -> object(key, null));
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        return shown(keys.find(caller, id), null);
    }

    @Put("/{id}")
    Map<String, Object> update(Caller caller, String id, @Body byte @Nullable [] body) {
        return shown(keys.update(caller, id, Fields.of(body, ApiKeys.RESOURCE)), null);
    }

    /// Answers with the new key. The old one ends at `expires_at`, or at once where none is given.
    @Post("/{id}/rotate")
    Map<String, Object> rotate(Caller caller, HttpRequest<?> request, String id, @Body byte @Nullable [] body) {
        return issued(request, keys.rotate(caller, id, Fields.of(body, ApiKeys.RESOURCE)));
    }

    @Delete("/{id}")
    Map<String, Object> delete(Caller caller, String id) {
        return shown(keys.delete(caller, id), null);
    }

    private static Map<String, Object> issued(HttpRequest<?> request, ApiKeys.Issued issued) {
        ShownOnce.keepInstead(request, shown(issued.key(), null));
        return shown(issued.key(), issued.secret());
    }

    private static Map<String, Object> shown(ApiKey key, @Nullable String secret) {
        return Map.of(ApiKeys.RESOURCE, object(key, secret));
    }

    private static ApiKeyObject object(ApiKey key, @Nullable String secret) {
        return new ApiKeyObject(
                key.id().toString(),
                key.name(),
                secret,
                key.lastCharacters(),
                key.permitted().shown(),
                Shown.timeOrNull(key.expiresAt()),
                Shown.timeOrNull(key.lastUsedAt()),
                Shown.time(key.createdAt()));
    }
}
