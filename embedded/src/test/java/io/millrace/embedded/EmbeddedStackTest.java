package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStackTest {
    private static final EnumSet<Engine> ENGINES = EnumSet.allOf(Engine.class);

    /// In a JVM of its own, because one JVM holds one ClickHouse engine, and this one's is the shared stack's.
    @Test
    void whatWasStoredIsThereWhenTheStackIsStartedAgain(@TempDir Path data) {
        try (var child = ChildProcess.of(StackThatIsStartedAgain.class)
                .arguments(data.toString())
                .start()) {
            child.awaitLine("all is there");
        }
    }

    static final class StackThatIsStartedAgain {
        public static void main(String[] arguments) throws Exception {
            var settings = EmbeddedSettings.of(Map.of()).withEngines(ENGINES).withData(Path.of(arguments[0]));

            try (var stack = EmbeddedStack.start(settings)) {
                createTopic(stack, "bills");
                query(stack, "DATABASE_URL", "CREATE TABLE bill AS SELECT 42 AS amount");
                query(stack, "CLICKHOUSE_URL", "CREATE TABLE bill ENGINE = Log AS SELECT 42 AS amount");
                assertThat(stack.environment())
                        .containsOnlyKeys(
                                "KAFKA_BOOTSTRAP_SERVERS", "SCHEMA_REGISTRY_URL", "DATABASE_URL", "CLICKHOUSE_URL");
            }

            try (var stack = EmbeddedStack.start(settings);
                    var admin = admin(stack)) {
                assertThat(admin.listTopics().names().get()).contains("bills");
                query(stack, "DATABASE_URL", "SELECT amount FROM bill");
                query(stack, "CLICKHOUSE_URL", "SELECT amount FROM bill");
            }
            System.out.println("all is there");
        }
    }

    @Test
    void aTemporaryStackLeavesNothingBehind() {
        Path directory;
        try (var stack = EmbeddedStack.start(EmbeddedSettings.temporary(Engine.KAFKA))) {
            directory = stack.data();
            assertThat(directory).isDirectory();
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void twoStacksCannotShareADirectory(@TempDir Path data) {
        var settings = EmbeddedSettings.temporary().withData(data);
        try (var first = EmbeddedStack.start(settings)) {
            assertThat(first.environment()).isEmpty();
            assertThatThrownBy(() -> EmbeddedStack.start(settings)).hasMessageContaining("another process");
        }
    }

    @Test
    void aStackThatWasKilledIsSweptUpByTheNext() throws Exception {
        Path directory;
        try (var killed = ChildProcess.of(KilledStack.class).start()) {
            directory = Path.of(killed.awaitReady());
            killed.kill();
        }
        assertThat(directory).isDirectory();
        var port = Integer.parseInt(
                Files.readAllLines(directory.resolve("postgres/postmaster.pid")).get(3));
        assertThat(isListening(port)).isTrue();

        try (var next = EmbeddedStack.start(EmbeddedSettings.temporary())) {
            assertThat(next.environment()).isEmpty();
        }

        assertThat(directory).doesNotExist();
        assertThat(isListening(port)).isFalse();
    }

    private static boolean isListening(int port) {
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    static final class KilledStack {
        public static void main(String[] arguments) {
            var stack = EmbeddedStack.start(EmbeddedSettings.temporary(Engine.KAFKA, Engine.POSTGRES));
            ChildProcess.sayReady(stack.data().toString());
            ChildProcess.park();
        }
    }

    @Test
    void aRealServerOfTheEnvironmentIsUsedInsteadOfAnEmbeddedOne() {
        var environment = Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092",
                "SCHEMA_REGISTRY_URL", "http://registry.example:8081",
                "CLICKHOUSE_URL", "jdbc:clickhouse://clickhouse.example:8123/millrace",
                "DATABASE_URL", "jdbc:postgresql://postgres.example/millrace",
                "MILLRACE_DATA", " ");

        try (var stack = EmbeddedStack.start(EmbeddedSettings.of(environment))) {
            assertThat(stack.environment())
                    .isEqualTo(Map.of(
                            "KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092",
                            "SCHEMA_REGISTRY_URL", "http://registry.example:8081",
                            "CLICKHOUSE_URL", "jdbc:clickhouse://clickhouse.example:8123/millrace",
                            "DATABASE_URL", "jdbc:postgresql://postgres.example/millrace"));
            assertThatThrownBy(stack::kafka).hasMessageContaining("KAFKA");
        }
    }

    @Test
    void settingsComeFromTheEnvironment() {
        var settings = EmbeddedSettings.of(Map.of("MILLRACE_DATA", "/data", "MILLRACE_KAFKA_PORT", "9092"));

        assertThat(settings.data()).isEqualTo(Optional.of(Path.of("/data")));
        assertThat(settings.ports()).isEqualTo(Map.of(Engine.KAFKA, 9092));
        assertThatThrownBy(() -> EmbeddedSettings.of(Map.of("MILLRACE_KAFKA_PORT", "many")))
                .hasMessage("MILLRACE_KAFKA_PORT is not a port: many");
        assertThatThrownBy(() -> EmbeddedSettings.of(Map.of("MILLRACE_KAFKA_PORT", "65536")))
                .hasMessage("MILLRACE_KAFKA_PORT is not a port: 65536");
    }

    private static void createTopic(EmbeddedStack stack, String name) throws Exception {
        try (var admin = admin(stack)) {
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
        }
    }

    private static Admin admin(EmbeddedStack stack) {
        return Admin.create(Map.<String, Object>of(
                "bootstrap.servers", stack.environment().getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "")));
    }

    private static void query(EmbeddedStack stack, String address, String sql) throws Exception {
        try (var connection = DriverManager.getConnection(stack.environment().get(address));
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
