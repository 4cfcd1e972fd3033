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
    /// What is unique is so within what it belongs to: `Key (organization_id, code)=(…) already exists.`
    private static final Pattern KEY = Pattern.compile("\\(\\w+, (\\w+)");

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
        if (PSQLState.DEADLOCK_DETECTED.getState().equals(state)) return new Refusal.Conflict("concurrent_write");
        if (!PSQLState.UNIQUE_VIOLATION.getState().equals(state)) return null;
        var message = stopped.getServerErrorMessage();
        var key = KEY.matcher(message == null || message.getDetail() == null ? "" : message.getDetail());
        return key.find() ? new Refusal.Invalid(key.group(1), "value_already_exist") : null;
    }
}
