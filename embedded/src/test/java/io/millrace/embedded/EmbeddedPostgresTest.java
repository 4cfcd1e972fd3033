package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {

    @TempDir
    Path temporary;

    @Test
    void anInvoiceThatWasCommittedSurvivesTheDeathOfItsProcess() throws Exception {
        var directory = temporary.resolve("postgres");
        try (var killed = ChildProcess.of(EmbeddedPostgres.class)
                .arguments(directory.toString(), "0")
                .start()) {
            var url = killed.awaitReady();
            execute(url, "CREATE TABLE invoice (number text)", "INSERT INTO invoice VALUES ('2026-001')");
            killed.kill();
            // the server itself is still there, on the directory
            assertThat(query(url, "SELECT number FROM invoice")).containsExactly("2026-001");

            try (var next = EmbeddedPostgres.start(directory, 0)) {
                assertThat(query(next.jdbcUrl(), "SELECT number FROM invoice")).containsExactly("2026-001");
            }
        }
    }

    @Test
    void aMarkWhoseNumberNowBelongsToAnotherProcessIsNoObstacle() throws Exception {
        var directory = temporary.resolve("postgres");
        try (var postgres = EmbeddedPostgres.start(directory, 0)) {
            execute(postgres.jdbcUrl(), "CREATE TABLE invoice (number text)");
        }
        Files.writeString(
                directory.resolve("postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + directory + "\n0\n5432\n\nlocalhost\n");

        try (var postgres = EmbeddedPostgres.start(directory, 0)) {
            assertThat(query(postgres.jdbcUrl(), "SELECT number FROM invoice")).isEmpty();
        }
    }

    @Test
    void aDirectoryWhoseFirstStartWasCutShortIsMadeAnew() throws Exception {
        var directory = temporary.resolve("postgres");
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("postgresql.conf"), "half a configur");
        Files.writeString(temporary.resolve("postgres.unfinished"), "");

        try (var postgres = EmbeddedPostgres.start(directory, 0)) {
            assertThat(query(postgres.jdbcUrl(), "SELECT 'up'")).containsExactly("up");
        }
    }

    @Test
    void aDirectoryWithOtherFilesIsLeftAlone() throws Exception {
        var directory = Files.createDirectories(temporary.resolve("postgres"));
        var precious = Files.writeString(directory.resolve("precious"), "not ours");

        assertThatThrownBy(() -> EmbeddedPostgres.start(directory, 0)).hasMessageContaining("choose another directory");
        assertThatThrownBy(() -> EmbeddedKafka.start(directory, 0)).hasMessageContaining("choose another directory");
        assertThat(precious).hasContent("not ours");
    }

    @Test
    void itsClientsSeeAnOutageWhileItIsStopped() throws Exception {
        try (var postgres = EmbeddedPostgres.start(temporary.resolve("postgres"), 0)) {
            execute(postgres.jdbcUrl(), "CREATE TABLE invoice (number text)");

            postgres.stop();
            assertThatThrownBy(() -> query(postgres.jdbcUrl(), "SELECT number FROM invoice"))
                    .isInstanceOf(SQLException.class);

            postgres.restart();
            assertThat(query(postgres.jdbcUrl(), "SELECT number FROM invoice")).isEmpty();
            assertThat(query(postgres.database("another"), "SELECT current_database()"))
                    .containsExactly("another");
            assertThat(query(postgres.database("another"), "SELECT current_setting('fsync')"))
                    .containsExactly("on");
        }
    }

    private static void execute(String url, String... statements) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static List<String> query(String url, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var found = new ArrayList<String>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        }
    }
}
