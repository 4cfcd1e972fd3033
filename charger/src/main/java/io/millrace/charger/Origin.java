package io.millrace.charger;

import org.jspecify.annotations.Nullable;

/// A record of `events_enriched_expanded` as it came.
///
/// @param key null when it had none
/// @param partition its partition in that topic
/// @param offset its offset there
/// @param appendedAt when the broker took it, milliseconds since 1970 UTC
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are handed on as they are
record Origin(byte @Nullable [] key, byte[] value, int partition, long offset, long appendedAt) {}
