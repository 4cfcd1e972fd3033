package io.millrace.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directory that a stack's engines keep their data in, held by one process at a time.
///
/// The lock is the operating system's, so it ends with the process that holds it, however that ends.
final class DataDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DataDirectory.class);
    private static final String TEMPORARY = "millrace-stack-";

    private final Path path;
    private final FileChannel lock;
    private final boolean temporary;

    private DataDirectory(Path path, FileChannel lock, boolean temporary) {
        this.path = path;
        this.lock = lock;
        this.temporary = temporary;
    }

    /// @throws IllegalStateException where another process holds the directory
    static DataDirectory open(Path path) {
        try {
            Files.createDirectories(path);
            var lock = tryLock(path);
            if (lock == null) {
                throw new IllegalStateException("another process is running on " + path
                        + ": stop it, or choose another directory (MILLRACE_DATA)");
            }
            return new DataDirectory(path, lock, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A new directory, deleted when closed.
    static DataDirectory temporary() {
        try {
            var root = Path.of(System.getProperty("java.io.tmpdir"));
            sweep(root);
            var path = Files.createTempDirectory(root, TEMPORARY);
            var lock = tryLock(path);
            if (lock == null) {
                throw new IllegalStateException("cannot lock " + path);
            }
            return new DataDirectory(path, lock, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Deletes what stacks have left behind that were killed before they could.
    private static void sweep(Path root) throws IOException {
        try (var directories = Files.newDirectoryStream(root, TEMPORARY + "*")) {
            for (var directory : directories) {
                if (!Files.exists(directory.resolve(".lock"))) {
                    continue; // another process is just creating it
                }
                try (var lock = tryLock(directory)) {
                    if (lock != null) {
                        log.info("deleting {}, left by a process that was killed", directory);
                        EmbeddedPostgres.stopOrphan(directory.resolve("postgres"));
                        delete(directory);
                    }
                } catch (IOException notOurs) {
                    log.debug("leaving {} alone", directory, notOurs);
                }
            }
        }
    }

    private static @Nullable FileChannel tryLock(Path directory) throws IOException {
        var channel = FileChannel.open(directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException heldByThisProcess) {
            // the same answer as for any other process
        }
        channel.close();
        return null;
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            lock.close();
            if (temporary) {
                delete(path);
            }
        } catch (IOException e) {
            log.warn("cannot delete {}", path, e);
        }
    }

    /// Keeps an engine from taking a directory that is someone else's.
    ///
    /// @throws IllegalStateException where it has anything in it
    static void requireNothingIn(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (var entries = Files.list(directory)) {
                if (entries.findAny().isPresent()) {
                    throw new IllegalStateException(
                            directory + " has files in it that are not of this engine: choose another directory");
                }
            }
        }
    }

    static void delete(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // a process that is ending deletes its own files
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
