package io.millrace.standalone.demo;

import java.time.Instant;
import java.util.Map;

/// One event as a producer sends it.
///
/// @param properties JSON scalars as text
record Usage(
        String externalSubscriptionId,
        String transactionId,
        String code,
        Instant timestamp,
        Map<String, String> properties) {}
