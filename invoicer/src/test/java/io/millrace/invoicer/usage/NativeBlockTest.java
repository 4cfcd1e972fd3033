package io.millrace.invoicer.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.invoicer.InvoicerSettings;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What ClickHouse writes is read as it was meant.
@UsesEngines(Engine.CLICKHOUSE)
class NativeBlockTest {
    private static final int ROWS = 1_000;
    private static final String MANY_KEYS = "toLowCardinality('key ' || toString(number % 300)) AS choice";

    private final ClickHouse clickHouse;
    private int size;

    NativeBlockTest(EmbeddedStack stack) {
        this.clickHouse = new ClickHouse(InvoicerSettings.of(Map.of(
                "CLICKHOUSE_URL", stack.clickHouse().jdbcUrl(),
                "DATABASE_URL", "jdbc:postgresql:nobody",
                "KAFKA_BOOTSTRAP_SERVERS", "nobody",
                "SCHEMA_REGISTRY_URL", "http://nobody")));
    }

    @AfterEach
    void close() {
        clickHouse.close();
    }

    @Test
    void numbersAreReadWholeWhateverTheirWidth() throws SQLException {
        var block = block(
                4,
                "toInt32(toInt32(number) - 500) AS small, toUInt64(number) * 10000000000 AS large,"
                        + " reinterpretAsUUID(bitShiftLeft(toUInt128(number), 64) + 7) AS id, toUInt8(number % 256) AS tiny");
        var small = block.ints("Int32");
        var large = block.longs("UInt64");
        var ids = block.longs("UUID", 2);
        var tiny = block.bytes("UInt8");
        for (int row = 0; row < ROWS; row++) {
            assertThat(small[row]).isEqualTo(row - 500);
            assertThat(large[row]).isEqualTo(row * 10_000_000_000L);
            assertThat(List.of(ids[2 * row], ids[2 * row + 1])).containsExactlyInAnyOrder(7L, (long) row);
            assertThat(tiny[row]).isEqualTo((byte) row);
        }
        assertThat(block.end()).isEqualTo(size);
    }

    @Test
    void textsAreReadWhateverTheirLengthAndNumber() throws SQLException {
        var block = block(
                3,
                "repeat('ü', number) AS text, " + MANY_KEYS
                        + ", CAST(if(number % 2 = 0, NULL, 'remove'), 'LowCardinality(Nullable(String))') AS operation");
        var texts = block.texts();
        var choices = block.choices();
        var optional = block.optionalChoices();
        for (int row = 0; row < ROWS; row++) {
            assertThat(texts.text(row)).isEqualTo("ü".repeat(row));
            assertThat(choices.text(row)).isEqualTo("key " + row % 300);
            assertThat(optional.text(row)).isEqualTo(row % 2 == 0 ? "" : "remove");
        }
        assertThat(block.end()).isEqualTo(size);
    }

    @Test
    void textsThatAreEmptyAreReadToo() throws SQLException {
        var block = block(3, "'' AS none, if(number = 999, 'x', '') AS last, toString(number) AS text");
        var none = block.texts();
        var last = block.texts();
        var text = block.texts();
        for (int row = 0; row < ROWS; row++) {
            assertThat(none.text(row)).isEmpty();
            assertThat(none.decimal(row)).isNull();
            assertThat(none.isSame(row, last, row)).isEqualTo(row < 999);
            assertThat(last.text(row)).isEqualTo(row < 999 ? "" : "x");
            assertThat(text.text(row)).isEqualTo(Integer.toString(row));
        }
        assertThat(block.end()).isEqualTo(size);
    }

    @Test
    void aTextIsANumberAsItIsElsewhere() throws SQLException {
        var written = List.of(
                "0",
                "-0",
                "12.50",
                "-12.5",
                "999999999999999999",
                "99999999999999999999.999999999999999999",
                "-99999999999999999999.999999999999999999",
                "0.000000000000000001",
                "",
                "-",
                ".",
                "1.2.3",
                "user 7");
        var values = new ArrayList<String>();
        for (var text : written) values.add("'" + text + "'");
        var block = block(1, "arrayJoin(" + values + ") AS text", "");
        var texts = block.texts();
        for (int row = 0; row < written.size(); row++) {
            var text = written.get(row);
            var number = texts.decimal(row);
            if (text.matches("-?\\d+(\\.\\d+)?")) {
                assertThat(number).as(text).isEqualByComparingTo(text);
            } else {
                assertThat(number).as(text).isNull();
            }
        }
    }

    @Test
    void whatWasNotAskedForIsRefused() throws SQLException {
        assertThatThrownBy(() -> block(2, "number"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1 columns for 2");
        var block = block(1, "number");
        assertThatThrownBy(block::texts)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a column is UInt64, not String");
    }

    private NativeBlock block(int columns, String selected) throws SQLException {
        return block(columns, selected, "FROM numbers(%d)".formatted(ROWS));
    }

    private NativeBlock block(int columns, String selected, String from) throws SQLException {
        try (var connection = clickHouse.connect()) {
            var answer = clickHouse.answer(connection, "SELECT " + selected + " " + from + " FORMAT Native");
            size = answer.length;
            return new NativeBlock(answer, 0, columns);
        }
    }
}
