package io.millrace.enricher;

import org.jspecify.annotations.Nullable;

/// A record of `events_raw` as the broker gave it.
///
/// @param key null when it had none
/// @param value empty when it had none
/// @param ingestedAt when the broker took it, milliseconds since 1970 UTC; of a record that was sent again, when it
/// took the original
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are handed on as they are
record Origin(byte @Nullable [] key, byte[] value, int partition, long offset, long ingestedAt) {}
