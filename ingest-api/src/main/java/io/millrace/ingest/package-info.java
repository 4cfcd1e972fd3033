/// Events in: HTTP in the contract's form becomes records of `events_raw`.
@NullMarked
package io.millrace.ingest;

import org.jspecify.annotations.NullMarked;
