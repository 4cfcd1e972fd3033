package io.millrace.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScriptTest {

    record Split(String text, List<String> statements) {}

    static List<Split> scripts() {
        return List.of(
                new Split("SELECT 1", List.of("SELECT 1")),
                new Split("SELECT 1; SELECT 2;\n", List.of("SELECT 1", "SELECT 2")),
                new Split("SELECT ';', `a;b`, \"c;d\";", List.of("SELECT ';', `a;b`, \"c;d\"")),
                new Split("SELECT 'it''s; \\'; --';SELECT 2", List.of("SELECT 'it''s; \\'; --'", "SELECT 2")),
                new Split("-- a; b\nSELECT 1 -- it's\n;/* ; ' */", List.of("-- a; b\nSELECT 1 -- it's")),
                new Split(";; -- nothing", List.of()));
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void aSemicolonEndsAStatementUnlessItIsQuotedOrCommented(Split script) {
        assertThat(new Script("R__test.sql", script.text).statements()).isEqualTo(script.statements);
    }

    @Test
    void anUnclosedQuoteIsNamed() {
        assertThatThrownBy(() -> new Script("R__test.sql", "SELECT 'a; SELECT 2").statements())
                .hasMessage("R__test.sql has an unclosed '");
    }

    @Test
    void everyScriptOfTheDirectoryIsListed() throws Exception {
        try (var files =
                Files.list(Path.of(ScriptTest.class.getResource("/clickhouse").toURI()))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(ClickHouseMigrator.SCRIPTS);
        }
    }
}
