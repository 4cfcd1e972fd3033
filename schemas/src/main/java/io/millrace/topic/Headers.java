package io.millrace.topic;

/// Record headers of raw events. A record without them was sent by its producer for the first time.
public final class Headers {
    /// When the broker took the original of a record that was sent again: milliseconds since 1970 UTC, in decimal
    /// digits. Set by whoever re-drives a dead letter, and by the enricher when it puts a record under its right
    /// key.
    public static final String INGESTED_AT = "millrace-ingested-at";

    /// Present on a record that the enricher has put under its right key; it does so once.
    public static final String REKEYED = "millrace-rekeyed";

    /// On the raw topic of a [Replay] alone: where the record lies in `events_raw`, in decimal digits. Nobody else
    /// believes it.
    public static final String RAW_OFFSET = "millrace-raw-offset";

    private Headers() {}
}
