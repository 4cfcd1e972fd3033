package io.millrace.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Where ClickHouse's library lies, and the configuration that an engine on a data directory starts with.
final class ClickHouseFiles {

    private ClickHouseFiles() {}

    /// `MILLRACE_CHDB` where it is set, else the per-user cache that `embedded/npm/install` fills.
    ///
    /// @throws IllegalStateException naming the missing package and the command that installs it
    static Path library(Map<String, String> environment) {
        var named = environment.get("MILLRACE_CHDB");
        if (named != null && !named.isBlank()) {
            var file = Path.of(named);
            if (!Files.isRegularFile(file)) {
                throw new IllegalStateException("MILLRACE_CHDB names " + file + ", which is not a file");
            }
            return file;
        }
        var platform = platform();
        var cache = environment.get("XDG_CACHE_HOME");
        var version = version();
        var file = (cache == null || cache.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(cache))
                .resolve(Path.of("millrace", "chdb", version, platform, "libchdb.so"));
        if (!Files.isRegularFile(file)) {
            throw new IllegalStateException(
                    "ClickHouse's library is missing: run embedded/npm/install, which puts the npm package @chdb/lib-"
                            + platform + " " + version + " into " + file.getParent()
                            + " (or name a libchdb.so in MILLRACE_CHDB)");
        }
        return file;
    }

    private static String platform() {
        var mac = System.getProperty("os.name").startsWith("Mac");
        var arm = System.getProperty("os.arch").equals("aarch64");
        return (mac ? "darwin" : "linux") + (arm ? "-arm64" : "-x64") + (mac ? "" : "-gnu");
    }

    /// The one that `package.json` pins.
    static String version() {
        try (var json = ClickHouseFiles.class.getResourceAsStream("chdb/package.json")) {
            if (json == null) {
                throw new IllegalStateException("chdb/package.json is not on the class path");
            }
            var pinned = Pattern.compile("\"@chdb/lib-" + platform() + "\": *\"([^\"]+)\"")
                    .matcher(new String(json.readAllBytes(), StandardCharsets.UTF_8));
            if (!pinned.find()) {
                throw new IllegalStateException("there is no ClickHouse library for " + platform());
            }
            return pinned.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The arguments of every connection to an engine on a data directory. Writes the configuration that they
    /// name.
    static List<String> arguments(Path directory) {
        try (var configuration = ClickHouseFiles.class.getResourceAsStream("clickhouse.xml")) {
            if (configuration == null) {
                throw new IllegalStateException("clickhouse.xml is not on the class path");
            }
            Files.createDirectories(directory);
            var file = directory.resolve("clickhouse.xml");
            Files.write(file, configuration.readAllBytes());
            return List.of(
                    "clickhouse",
                    "--path=" + directory.resolve("data"),
                    "--config-file=" + file,
                    // Rows of one key in one block go when parts are merged, as those of two blocks do: to look for
                    // them at every insert is half of its work.
                    "--optimize_on_insert=0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
