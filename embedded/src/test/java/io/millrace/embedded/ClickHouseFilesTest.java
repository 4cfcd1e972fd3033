package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClickHouseFilesTest {

    @Test
    void aMissingLibraryIsNamedWithTheCommandThatInstallsIt(@TempDir Path cache) {
        assertThatThrownBy(() -> ClickHouseFiles.library(Map.of("XDG_CACHE_HOME", cache.toString())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("run embedded/npm/install")
                .hasMessageContaining("npm package @chdb/lib-")
                .hasMessageContaining(ClickHouseFiles.version())
                .hasMessageContaining(cache.toString());
        assertThatThrownBy(() -> ClickHouseFiles.library(Map.of("MILLRACE_CHDB", "/nowhere/libchdb.so")))
                .hasMessage("MILLRACE_CHDB names /nowhere/libchdb.so, which is not a file");
    }

    @Test
    void aLibraryThatIsNamedIsTaken(@TempDir Path directory) throws Exception {
        var file = Files.createFile(directory.resolve("libchdb.so"));
        assertThat(ClickHouseFiles.library(Map.of("MILLRACE_CHDB", file.toString())))
                .isEqualTo(file);
    }

    @Test
    void theLockPinsEveryPlatformToOneVersionAndNamesNoRegistry() throws Exception {
        var lock =
                new ObjectMapper().readTree(Path.of("npm", "package-lock.json").toFile());
        var libraries = lock.get("packages").properties().stream()
                .filter(entry -> entry.getKey().startsWith("node_modules/@chdb/lib-"))
                .toList();
        assertThat(libraries)
                .hasSize(4)
                .allSatisfy(library ->
                        assertThat(library.getValue().get("version").asText()).isEqualTo(ClickHouseFiles.version()));
        assertThat(Files.readString(Path.of("npm", "package-lock.json"))).doesNotContain("http", "resolved");
    }
}
