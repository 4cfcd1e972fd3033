/// What both stream services share: configuration as of a time, settings, start, stop and health.
@NullMarked
package io.millrace.streams;

import org.jspecify.annotations.NullMarked;
