/// ClickHouse's tables: how they come to be, how topics fill them, and how they are made anew.
@NullMarked
package io.millrace.clickhouse;

import org.jspecify.annotations.NullMarked;
