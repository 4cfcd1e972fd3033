package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real engine through the official driver, as every service of ours uses it.
@UsesEngines(Engine.CLICKHOUSE)
class EmbeddedClickHouseTest {

    static EmbeddedClickHouse engine;
    static Connection connection;

    @BeforeAll
    static void connect(EmbeddedStack stack) throws SQLException {
        engine = stack.clickHouse();
        connection = DriverManager.getConnection(engine.jdbcUrl());
    }

    @AfterAll
    static void disconnect() throws SQLException {
        execute("DROP TABLE IF EXISTS usage");
        connection.close();
    }

    @Test
    void aBatchOfUsageIsReadBackDigitForDigit() throws SQLException {
        execute(
                "CREATE TABLE usage (id String, value Decimal(38, 18), at DateTime64(6, 'UTC'), grouped_by Map(String, String),"
                        + " tags Array(String), note Nullable(String)) ENGINE = MergeTree ORDER BY id");
        var largest = new BigDecimal("99999999999999999999.999999999999999999");
        var at = Instant.parse("2026-02-28T23:59:59.999999Z");
        try (var insert = connection.prepareStatement("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?)")) {
            for (var i = 0; i < 1000; i++) {
                insert.setString(1, "it's \\ %03d\n".formatted(i));
                insert.setBigDecimal(2, i == 0 ? largest : new BigDecimal("-0.000000000000000001"));
                insert.setObject(3, at.atZone(java.time.ZoneOffset.UTC));
                insert.setObject(4, Map.of("model", "gpt '4'", "region", ""));
                insert.setArray(5, connection.createArrayOf("String", new Object[] {"a", "b"}));
                insert.setString(6, i == 0 ? null : "x");
                insert.addBatch();
            }
            insert.executeBatch();
        }
        try (var select = connection.prepareStatement("SELECT * FROM usage WHERE value > ? AND at = ?")) {
            select.setBigDecimal(1, new BigDecimal("1"));
            select.setObject(2, at.atZone(java.time.ZoneOffset.UTC));
            try (var rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("id")).isEqualTo("it's \\ 000\n");
                assertThat(rows.getBigDecimal("value")).isEqualTo(largest);
                assertThat(rows.getObject("at", Instant.class)).isEqualTo(at);
                assertThat(rows.getObject("grouped_by")).isEqualTo(Map.of("model", "gpt '4'", "region", ""));
                assertThat((Object[]) rows.getArray("tags").getArray()).containsExactly("a", "b");
                assertThat(rows.getString("note")).isNull();
                assertThat(rows.next()).isFalse();
            }
        }
        assertThat(one("SELECT toString(sum(toDecimal256(value, 18))) FROM usage"))
                .isEqualTo("99999999999999999999.999999999999999");
        assertThat(one("SELECT count() FROM usage")).isEqualTo("1000");
    }

    @Test
    void aResultWithoutRowsStillHasItsColumns() throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT 1 AS a, 'x' AS b WHERE 0")) {
            assertThat(rows.getMetaData().getColumnCount()).isEqualTo(2);
            assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("b");
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    void aResultLargerThanTheEndpointHoldsArrivesWhole() throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT number, repeat('x', 100) FROM system.numbers LIMIT 300000")) {
            var count = 0L;
            var sum = 0L;
            while (rows.next()) {
                count++;
                sum += rows.getLong(1);
            }
            assertThat(count).isEqualTo(300_000);
            assertThat(sum).isEqualTo(299_999L * 300_000 / 2);
        }
    }

    @Test
    void anErrorCarriesClickHousesCodeAndText() {
        assertThatThrownBy(() -> one("SELECT * FROM nowhere"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("nowhere")
                .satisfies(e -> assertThat(((SQLException) e).getErrorCode()).isEqualTo(60));
    }

    @Test
    void plainHttpTakesParametersAndRowsBehindAnInsert() throws Exception {
        execute("CREATE TABLE IF NOT EXISTS posted (id UInt64, name String) ENGINE = MergeTree ORDER BY id");
        execute("TRUNCATE TABLE posted");
        var rows = new StringBuilder();
        for (var i = 0; i < 100_000; i++) {
            rows.append("{\"id\": ").append(i).append(", \"name\": \"it's ; FORMAT\"}\n");
        }
        assertThat(post("query=" + encoded("INSERT INTO posted FORMAT JSONEachRow"), rows.toString()))
                .isEmpty();
        assertThat(post(
                        "param_least=99990&param_name=" + encoded("it's ; FORMAT"),
                        "SELECT count() FROM posted WHERE id >= {least:UInt64} AND name = {name:String}"))
                .isEqualTo("10\n");
        assertThat(post("query=" + encoded("SELECT max(id) FROM posted FORMAT JSONEachRow"), ""))
                .isEqualTo("{\"max(id)\":99999}\n");
        assertThat(post("query=" + encoded("INSERT INTO posted FORMAT JSONEachRow"), "{\"id\": 1}\n{broken"))
                .contains("Code: 26");
        assertThat(post("", "SELECT count() FROM posted")).isEqualTo("100000\n");
        execute("DROP TABLE posted");
    }

    private static String post(String query, String body) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + engine.port() + "/?database=millrace&" + query))
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void aClientThatCompressesIsToldNotTo() {
        assertThatThrownBy(() -> {
                    try (var compressing =
                                    DriverManager.getConnection(engine.jdbcUrl().replace("?compress=false", ""));
                            var statement = compressing.createStatement()) {
                        statement.executeQuery("SELECT 1");
                    }
                })
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("compress=false");
    }

    @Test
    void anErrorAfterTheFirstRowsIsNotTakenForTheEnd() {
        assertThatThrownBy(() -> {
                    try (var statement = connection.createStatement();
                            var rows =
                                    statement.executeQuery("SELECT throwIf(number = 3000000) FROM numbers(4000000)")) {
                        while (rows.next()) {}
                    }
                })
                .isInstanceOf(SQLException.class);
    }

    @Test
    void aSettingHoldsForItsStatementOnly() throws SQLException {
        try (var statement = connection.createStatement()) {
            for (var i = 0; i < 20; i++) {
                assertThat(one("SELECT getSetting('max_threads') SETTINGS max_threads = 3"))
                        .isEqualTo("3");
            }
        }
        try (var other = DriverManager.getConnection(engine.jdbcUrl() + "&clickhouse_setting_max_block_size=1234");
                var statement = other.createStatement();
                var rows = statement.executeQuery("SELECT getSetting('max_block_size')")) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("1234");
        }
        for (var i = 0; i < 20; i++) {
            assertThat(one("SELECT getSetting('max_block_size')")).isNotEqualTo("1234");
        }
    }

    @Test
    void statementsRunSideBySide() throws Exception {
        try (var threads = Executors.newFixedThreadPool(16)) {
            var tasks = new ArrayList<Callable<@Nullable String>>();
            for (var i = 0; i < 200; i++) {
                var n = i;
                tasks.add(() -> {
                    try (var own = DriverManager.getConnection(engine.jdbcUrl());
                            var statement = own.createStatement();
                            var rows = statement.executeQuery(
                                    "SELECT toString(sum(number) + " + n + ") FROM numbers(100000)")) {
                        rows.next();
                        return rows.getString(1);
                    }
                });
            }
            var n = 0;
            for (var answer : threads.invokeAll(tasks)) {
                assertThat(answer.get()).isEqualTo(Long.toString(99_999L * 100_000 / 2 + n++));
            }
        }
    }

    @Test
    void theJvmKeepsItsOwnSignals() {
        // What the JIT turns into a trap: a process without its handler ends here.
        var nothing = new ArrayList<@Nullable String>();
        for (var i = 0; i < 200_000; i++) {
            nothing.add(i < 199_999 ? "x" : null);
        }
        var caught = 0;
        for (var round = 0; round < 20; round++) {
            try {
                var length = 0;
                for (var text : nothing) {
                    length += text.length();
                }
                assertThat(length).isNegative();
            } catch (NullPointerException e) {
                caught++;
            }
        }
        assertThat(caught).isEqualTo(20);
    }

    @Test
    void whatIsOnStandardInputIsNoRow(@TempDir Path directory) throws Exception {
        var lines = Files.writeString(directory.resolve("lines"), "7\n8\n9\n");
        var output = directory.resolve("output");
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedClickHouse.class.getName(),
                directory.resolve("data").toString(),
                "0");
        var process = new ProcessBuilder(command)
                .redirectInput(lines.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            var ready = Pattern.compile("ready (.*)");
            var address = await().atMost(Duration.ofMinutes(1))
                    .until(() -> ready.matcher(Files.readString(output)), Matcher::find)
                    .group(1);
            try (var other = DriverManager.getConnection(address);
                    var statement = other.createStatement()) {
                statement.execute("CREATE TABLE numbers (n Int64) ORDER BY n");
                statement.execute("INSERT INTO numbers VALUES (1)");
                statement.execute("INSERT INTO numbers FORMAT TSV 2\n");
                statement.execute("INSERT INTO numbers SELECT 3");
                try (var rows = statement.executeQuery("SELECT arraySort(groupArray(n)) FROM numbers")) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).isEqualTo("[1, 2, 3]");
                }
            }
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    @Test
    void thePoolsOfTheConfigurationFileAreInForce() throws SQLException {
        assertThat(one("SELECT value FROM system.server_settings WHERE name = 'background_schedule_pool_size'"))
                .isEqualTo("8");
        assertThat(one("SELECT toString(toDateTime('2026-07-01 12:00:00'), 'UTC')"))
                .isEqualTo("2026-07-01 12:00:00");
        assertThat(one("SELECT currentDatabase()")).isEqualTo("millrace");
    }

    private static void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String one(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
