package io.millrace.invoicer.idempotency;

import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ConditionalFilter;
import io.micronaut.http.filter.FilterContinuation;
import io.micronaut.json.JsonMapper;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.ControlPlane;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.contract.ShownOnce;
import io.millrace.invoicer.organization.BearerKeyFilter;
import io.millrace.invoicer.organization.Caller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Makes a POST with an `Idempotency-Key` safe to send again: for a day the same request under the same key of
/// an organization changes nothing and is answered as it was, with `Idempotency-Replayed: true`. Only a secret is
/// not kept: it is in the first answer alone.
///
/// | | |
/// |---|---|
/// | another request under the key | 422, `idempotency_key: [value_already_used]` |
/// | the request still runs | 409, `idempotency_key_in_use` |
/// | a key that is not 1 to 255 visible ASCII characters | 422, `invalid_format` |
@ServerFilter(value = "/api/v1/**", methods = HttpMethod.POST)
@Order(BearerKeyFilter.ORDER + 10)
class IdempotencyFilter implements ConditionalFilter {
    private static final String HEADER = "Idempotency-Key";
    private static final String REPLAYED = "Idempotency-Replayed";
    private static final String FIELD = "idempotency_key";
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private final KeptAnswers answers;
    private final JsonMapper json;

    IdempotencyFilter(KeptAnswers answers, JsonMapper json) {
        this.answers = answers;
        this.json = json;
    }

    @Override
    public boolean isEnabled(HttpRequest<?> request) {
        return request.getHeaders().contains(HEADER) && ControlPlane.needsKey(request);
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<?> answer(
            HttpRequest<?> request,
            Caller caller,
            @Body @io.micronaut.core.annotation.Nullable byte @Nullable [] body,
            FilterContinuation<HttpResponse<?>> route) {
        var keys = request.getHeaders().getAll(HEADER);
        if (keys.size() != 1 || !KEY.matcher(keys.getFirst()).matches()) {
            throw new Refusal.Invalid(FIELD, "invalid_format");
        }
        var run = new Run(request, hash(request, body), route);
        try {
            var answered = answers.once(caller.organizationId(), keys.getFirst(), run::answer);
            var answer = answered.answer();
            if (!answer.request().equals(run.hash)) throw new Refusal.Invalid(FIELD, "value_already_used");
            MutableHttpResponse<byte[]> response = HttpResponse.status(answer.status(), null);
            if (answered.isReplayed()) response.header(REPLAYED, "true");
            return response.contentType(MediaType.APPLICATION_JSON_TYPE)
                    .body(answered.isReplayed() ? answer.body() : run.shown);
        } catch (NotOfTheContract other) {
            return other.response;
        }
    }

    /// The route, which runs in the transaction of whoever asks for its answer.
    private final class Run {
        private final HttpRequest<?> request;
        private final String hash;
        private final FilterContinuation<HttpResponse<?>> route;
        /// The body of the answer, with secrets that are not kept.
        private byte[] shown = {};

        Run(HttpRequest<?> request, String hash, FilterContinuation<HttpResponse<?>> route) {
            this.request = request;
            this.hash = hash;
            this.route = route;
        }

        KeptAnswer answer() {
            // Given a request, a continuation takes the transaction along to the route's thread.
            var response = route.request(request).proceed();
            if (!(response.body() instanceof Map<?, ?> body)) throw new NotOfTheContract(response);
            try {
                shown = json.writeValueAsBytes(body);
                var without = ShownOnce.insteadOf(request);
                var answer = without.isEmpty() ? shown : json.writeValueAsBytes(without.get());
                return new KeptAnswer(hash, response.code(), answer);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// The server itself has refused or failed: nothing is changed, nothing kept.
    private static final class NotOfTheContract extends RuntimeException {
        private final transient HttpResponse<?> response;

        NotOfTheContract(HttpResponse<?> response) {
            super(null, null, false, false);
            this.response = response;
        }
    }

    private static String hash(HttpRequest<?> request, byte @Nullable [] body) {
        // Latin 1 tells every byte from every other.
        var content = body == null ? "" : new String(body, StandardCharsets.ISO_8859_1);
        return Ids.hash(request.getMethodName() + " " + request.getUri() + "\n" + content);
    }
}
