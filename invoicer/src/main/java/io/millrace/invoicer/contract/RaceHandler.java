package io.millrace.invoicer.contract;

import io.micronaut.data.exceptions.DataAccessException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Refuses, as if it had come later, what PostgreSQL stops because another request was faster: a name that both wanted,
/// or rows that each held and the other waited for. All else that goes wrong there is a failure.
@Singleton
final class RaceHandler implements ExceptionHandler<DataAccessException, HttpResponse<?>> {
    private static final Logger LOG = LoggerFactory.getLogger(RaceHandler.class);
    /// By which resources are named, within what they belong to: `Key (organization_id, code)=(…) already exists.`
    private static final Pattern NAME = Pattern.compile("\\(\\w+, (code|external_id|webhook_url)\\b[^()]*\\)=\\(");

    private final RefusalHandler refusals;

    RaceHandler(RefusalHandler refusals) {
        this.refusals = refusals;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<?> handle(HttpRequest request, DataAccessException failure) {
        var refusal = failure.getCause() instanceof PSQLException cause ? refusal(cause) : null;
        if (refusal != null) return refusals.handle(request, refusal);
        LOG.error("{} {} failed", request.getMethodName(), request.getPath(), failure);
        return HttpResponse.serverError();
    }

    private static @Nullable Refusal refusal(PSQLException stopped) {
        var state = stopped.getSQLState();
        boolean isTaken = PSQLState.UNIQUE_VIOLATION.getState().equals(state);
        if (!isTaken && !PSQLState.DEADLOCK_DETECTED.getState().equals(state)) return null;
        var name = NAME.matcher(String.valueOf(stopped.getMessage()));
        if (isTaken && name.find()) return new Refusal.Invalid(name.group(1), "value_already_exist");
        LOG.warn("Two requests were in each other's way", stopped);
        return new Refusal.Conflict("concurrent_write");
    }
}
