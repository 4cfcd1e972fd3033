package io.millrace.enricher;

/// Whose usage an event is, as of its own time; or what is not known for that.
sealed interface Attribution {
    /// An event with everything that was agreed about it.
    record Known(IncomingEvent event, Agreement agreement, Terms terms) implements Attribution {}

    /// Not all of it is known.
    ///
    /// @param reason the first thing missing, such as [Reason#METRIC_NOT_FOUND]
    record Unknown(Reason reason, String message) implements Attribution {}
}
