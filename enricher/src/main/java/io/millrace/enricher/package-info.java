/// Raw events become billable usage: each one is counted once, attributed to a subscription as of its own time,
/// measured, and laid out by charge.
@NullMarked
package io.millrace.enricher;

import org.jspecify.annotations.NullMarked;
