package io.millrace.ingest;

import io.micronaut.http.HttpStatus;
import java.util.List;
import java.util.Map;

/// A request that is answered with an error: the closed list of ways, each with its status.
abstract sealed class IngestRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final HttpStatus status;

    private IngestRefusal(HttpStatus status, String message) {
        // Refusals are answers, not failures: nobody reads their stack.
        super(message, null, false, false);
        this.status = status;
    }

    HttpStatus status() {
        return status;
    }

    /// The body is no JSON, or lacks what it must be about.
    static final class BadRequest extends IngestRefusal {
        private static final long serialVersionUID = 1;

        BadRequest(String message) {
            super(HttpStatus.BAD_REQUEST, message);
        }
    }

    /// No API key, an unknown one or one past its end.
    static final class Unauthorized extends IngestRefusal {
        private static final long serialVersionUID = 1;

        Unauthorized() {
            super(HttpStatus.UNAUTHORIZED, "Unauthorized");
        }
    }

    /// A key that may do other things.
    static final class Forbidden extends IngestRefusal {
        private static final long serialVersionUID = 1;

        Forbidden() {
            super(HttpStatus.FORBIDDEN, "Forbidden");
        }
    }

    /// More bytes than the installation takes.
    static final class TooLarge extends IngestRefusal {
        private static final long serialVersionUID = 1;

        TooLarge() {
            super(HttpStatus.REQUEST_ENTITY_TOO_LARGE, HttpStatus.REQUEST_ENTITY_TOO_LARGE.getReason());
        }
    }

    /// A key that asks more often than the installation allows.
    static final class TooOften extends IngestRefusal {
        private static final long serialVersionUID = 1;

        TooOften() {
            super(HttpStatus.TOO_MANY_REQUESTS, HttpStatus.TOO_MANY_REQUESTS.getReason());
        }
    }

    /// Rules that events break.
    static final class Invalid extends IngestRefusal {
        private static final long serialVersionUID = 1;

        private final transient Map<String, ?> details;
        private final transient List<String> accepted;

        /// @param details codes by field, or such maps by the event's index in its batch
        /// @param accepted transaction ids of the batch's events that are stored
        Invalid(Map<String, ?> details, List<String> accepted) {
            super(HttpStatus.UNPROCESSABLE_ENTITY, HttpStatus.UNPROCESSABLE_ENTITY.getReason());
            this.details = details;
            this.accepted = accepted;
        }

        Map<String, ?> details() {
            return details;
        }

        List<String> accepted() {
            return accepted;
        }
    }

    /// The broker or the registry does not answer, or keys have not been read yet. Sending the same again is safe.
    static final class Unavailable extends IngestRefusal {
        private static final long serialVersionUID = 1;

        Unavailable() {
            super(HttpStatus.SERVICE_UNAVAILABLE, HttpStatus.SERVICE_UNAVAILABLE.getReason());
        }
    }

    static IngestRefusal invalid(String field, String code) {
        return new Invalid(Map.of(field, List.of(code)), List.of());
    }
}
