package io.millrace.benchmarks.pipeline;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// A temporary directory for the broker and the stores, gigabytes of it; deleted when closed, or when the process
/// is told to end before.
public final class Scratch implements AutoCloseable {
    private final Path directory;

    public Scratch() {
        try {
            directory = Files.createTempDirectory("millrace-bench-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "delete-scratch"));
    }

    public Path directory(String name) {
        return directory.resolve(name);
    }

    @Override
    public void close() {
        delete(directory);
    }

    /// Bytes of all files in a directory.
    static long size(Path directory) {
        try (var files = Files.walk(directory)) {
            return files.map(Path::toFile)
                    .filter(File::isFile)
                    .mapToLong(File::length)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path directory) {
        if (!Files.exists(directory)) return;
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
        } catch (IOException | UncheckedIOException e) {
            // A process that is about to end still writes there; what it leaves is in the temporary directory.
        }
    }
}
