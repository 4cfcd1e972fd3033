package io.millrace.embedded;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What ClickHouse says against a statement, such as `Code: 60. DB::Exception: Unknown table …`.
final class ClickHouseException extends Exception {

    private static final Pattern CODE = Pattern.compile("Code: (\\d+)");
    private static final int UNKNOWN_EXCEPTION = 1002;

    ClickHouseException(String message) {
        super(message);
    }

    static void check(@Nullable String error) throws ClickHouseException {
        if (error != null && !error.isEmpty()) {
            throw new ClickHouseException(error);
        }
    }

    String text() {
        return String.valueOf(getMessage());
    }

    int code() {
        var code = CODE.matcher(text());
        return code.find() ? Integer.parseInt(code.group(1)) : UNKNOWN_EXCEPTION;
    }
}
