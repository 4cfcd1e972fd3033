package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The client that users have, as its registry gives it.
final class PublicClient {
    private static final Path SOURCE = Path.of("src/test/npm");

    private PublicClient() {}

    /// @return the directory that has it in its `node_modules`
    static Path install() throws IOException, InterruptedException {
        var work = Files.createDirectories(Path.of("target/npm"));
        for (var name : List.of("package.json", "package-lock.json", ".npmrc")) copy(name, work);
        run(work, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
        return work;
    }

    /// Runs a script of `src/test/npm` against a server and returns what it prints.
    static String run(Millrace millrace, String script, String... arguments) throws IOException, InterruptedException {
        var work = install();
        copy(script, work);
        var command = new ArrayList<>(List.of("node", script, millrace.url().toString(), millrace.apiKey()));
        command.addAll(List.of(arguments));
        return run(work, command.toArray(String[]::new));
    }

    private static void copy(String name, Path to) throws IOException {
        Files.copy(SOURCE.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String run(Path directory, String... command) throws IOException, InterruptedException {
        var errors = directory.resolve("errors.txt");
        var process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(errors.toFile())
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(() -> String.join(" ", command) + "\n" + errors(errors))
                .isZero();
        return output;
    }

    private static String errors(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
