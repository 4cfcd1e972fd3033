package io.millrace.invoicer;

import java.sql.SQLException;
import java.sql.Statement;

/// What PostgreSQL's transactions hold.
public final class Locks {
    private Locks() {}

    /// True while another transaction waits for what the statement's own holds.
    public static boolean holdUpAnother(Statement statement) throws SQLException {
        try (var row = statement.executeQuery(
                "select exists (select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))")) {
            return row.next() && row.getBoolean(1);
        }
    }
}
