package io.millrace.invoicer.contract;

import io.micronaut.http.HttpStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A request that the contract refuses: the closed list of ways, each with its status and body.
public abstract sealed class Refusal extends RuntimeException {
    private final transient HttpStatus status;

    private Refusal(HttpStatus status, String message) {
        // Refusals are answers, not failures: nobody reads their stack.
        super(message, null, false, false);
        this.status = status;
    }

    /// The body is no JSON object, or lacks the object that the resource is named by.
    public static final class BadRequest extends Refusal {
        public BadRequest(String message) {
            super(HttpStatus.BAD_REQUEST, message);
        }
    }

    /// No API key, an unknown one or an expired one.
    public static final class Unauthorized extends Refusal {
        public Unauthorized() {
            super(HttpStatus.UNAUTHORIZED, "Unauthorized");
        }
    }

    /// The key may do other things.
    public static final class Forbidden extends Refusal {
        private final String code;

        /// @param code such as `write_action_not_allowed_for_plan`
        public Forbidden(String code) {
            super(HttpStatus.FORBIDDEN, "Forbidden");
            this.code = code;
        }
    }

    /// The resource does not exist, or belongs to another organization: nobody can tell which.
    public static final class NotFound extends Refusal {
        private final String code;

        /// @param resource such as `billable_metric`
        public NotFound(String resource) {
            super(HttpStatus.NOT_FOUND, "Not Found");
            this.code = resource + "_not_found";
        }
    }

    /// The resource exists, but not in a state that allows what is asked.
    public static final class NotAllowed extends Refusal {
        private final String code;

        public NotAllowed(String code) {
            super(HttpStatus.METHOD_NOT_ALLOWED, "Method Not Allowed");
            this.code = code;
        }
    }

    /// Something else is under way that the request would disturb; it may be sent again later.
    public static final class Conflict extends Refusal {
        private final String code;

        public Conflict(String code) {
            super(HttpStatus.CONFLICT, "Conflict");
            this.code = code;
        }
    }

    /// The key asks too often; it may ask again after a moment.
    public static final class TooOften extends Refusal {
        private final transient Map<String, String> headers;

        /// @param headers that tell when
        public TooOften(Map<String, String> headers) {
            super(HttpStatus.TOO_MANY_REQUESTS, "Too Many Requests");
            this.headers = headers;
        }
    }

    /// The request breaks rules: all of those that it breaks, by field.
    public static final class Invalid extends Refusal {
        private final transient Map<String, List<String>> details;

        public Invalid(Map<String, List<String>> details) {
            super(HttpStatus.UNPROCESSABLE_ENTITY, "Unprocessable Entity");
            this.details = details;
        }

        public Invalid(String field, String code) {
            this(Map.of(field, List.of(code)));
        }
    }

    HttpStatus status() {
        return status;
    }

    Map<String, String> headers() {
        return this instanceof TooOften tooOften ? tooOften.headers : Map.of();
    }

    /// The answer's body, in the contract's words.
    Map<String, Object> body() {
        var body = new LinkedHashMap<String, Object>();
        body.put("status", status.getCode());
        switch (this) {
            case BadRequest badRequest -> body.put("error", "BadRequest: " + badRequest.getMessage());
            case Unauthorized unauthorized -> body.put("error", unauthorized.getMessage());
            case Forbidden forbidden -> {
                body.put("error", forbidden.getMessage());
                body.put("code", forbidden.code);
            }
            case NotFound notFound -> {
                body.put("error", notFound.getMessage());
                body.put("code", notFound.code);
            }
            case NotAllowed notAllowed -> {
                body.put("error", notAllowed.getMessage());
                body.put("code", notAllowed.code);
            }
            case Conflict conflict -> {
                body.put("error", conflict.getMessage());
                body.put("code", conflict.code);
            }
            case TooOften tooOften -> {
                body.put("error", tooOften.getMessage());
                body.put("code", "rate_limit_exceeded");
            }
            case Invalid invalid -> {
                body.put("error", invalid.getMessage());
                body.put("code", "validation_errors");
                body.put("error_details", invalid.details);
            }
        }
        return body;
    }
}
