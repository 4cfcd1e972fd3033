package io.millrace.ingest;

import io.millrace.event.RawEvent;
import java.util.List;
import java.util.Map;

/// One event of a request, as its validation ended.
sealed interface Submission {
    /// Ready to be stored.
    ///
    /// @param propertiesJson the properties as they were sent, for the answer
    record Accepted(RawEvent event, String propertiesJson) implements Submission {}

    /// Not stored: all rules that it breaks, by field, as codes of the contract such as `value_is_mandatory`.
    record Refused(Map<String, List<String>> errors) implements Submission {}
}
