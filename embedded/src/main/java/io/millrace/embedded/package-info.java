/// The real engines in one process: broker, schema registry, PostgreSQL and ClickHouse, and what tests do to them.
@NullMarked
package io.millrace.embedded;

import org.jspecify.annotations.NullMarked;
