/// ClickHouse's part of the contract: the tables that the event topics fill, and how they come to be.
@NullMarked
package io.millrace.clickhouse;

import org.jspecify.annotations.NullMarked;
