/// Limits that services of several organizations share.
@NullMarked
package io.millrace.limit;

import org.jspecify.annotations.NullMarked;
