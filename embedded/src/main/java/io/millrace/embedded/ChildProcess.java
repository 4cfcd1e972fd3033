package io.millrace.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A main class in a JVM of its own, with this JVM's class path, that a test can kill without warning and start
/// again.
///
/// ```
/// try (var enricher = ChildProcess.of(Enricher.class).environment(stack.environment()).start()) {
///     enricher.awaitLine("running");
///     enricher.kill();
///     enricher.restart();
/// }
/// ```
///
/// What it prints goes to a file under `target/children`. It ends with this JVM, also where that is killed.
public final class ChildProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final int SHOWN_LINES = 60;
    private static final String READY = "ready ";
    private static final AtomicInteger STARTED = new AtomicInteger();
    private static final Set<ChildProcess> OPEN = ConcurrentHashMap.newKeySet();

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path output;
    private @Nullable Run run;

    private ChildProcess(Builder builder) {
        this.name = builder.name;
        this.command = builder.command();
        this.environment = Map.copyOf(builder.environment);
        this.output = outputFile(builder.name);
    }

    public static Builder of(Class<?> main) {
        return new Builder(main);
    }

    /// What to run, and how.
    public static final class Builder {
        private final Class<?> main;
        private String name;
        private String heap = "512m";
        private final List<String> arguments = new ArrayList<>();
        private final List<String> flags = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();

        private Builder(Class<?> main) {
            this.main = main;
            this.name = main.getSimpleName();
        }

        /// What its output file is called; the simple name of the class unless set.
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        public Builder arguments(String... arguments) {
            this.arguments.addAll(List.of(arguments));
            return this;
        }

        /// Variables on top of those of this process.
        public Builder environment(Map<String, String> variables) {
            environment.putAll(variables);
            return this;
        }

        public Builder environment(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /// Flags of its JVM, after those that it takes from this one.
        public Builder flags(String... flags) {
            this.flags.addAll(List.of(flags));
            return this;
        }

        /// Largest heap, such as `512m`, which is what it has unless set.
        public Builder heap(String size) {
            heap = size;
            return this;
        }

        public ChildProcess start() {
            var child = new ChildProcess(this);
            OPEN.add(child);
            child.restart();
            return child;
        }

        private List<String> command() {
            var command = new ArrayList<String>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-Xmx" + heap);
            // what native libraries and Avro need, and how to compile and collect, is said once for this JVM
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                    .filter(flag ->
                            flag.startsWith("--") || flag.startsWith("-XX:") || flag.startsWith("-Dorg.apache.avro."))
                    .forEach(command::add);
            command.addAll(flags);
            command.add("-cp");
            command.add(System.getProperty("java.class.path"));
            command.add(Child.class.getName());
            command.add(main.getName());
            command.addAll(arguments);
            return List.copyOf(command);
        }
    }

    /// Starts it again with everything as before, once it is no longer running.
    public synchronized void restart() {
        if (isAlive()) {
            throw new IllegalStateException(name + " is still running");
        }
        run = Run.start(command, environment, output);
    }

    /// Ends it as a power cut would: nothing is flushed, committed or closed. Returns when it is gone.
    public synchronized void kill() {
        if (run != null) {
            run.process().toHandle().destroyForcibly();
            run.process().onExit().join();
        }
    }

    /// Asks it to end and waits until it has; kills it after half a minute.
    public synchronized void stop() {
        if (run != null) {
            // not the process itself, which would close our end of its output too
            run.process().toHandle().destroy();
            try {
                if (!run.process().waitFor(GRACE.toSeconds(), TimeUnit.SECONDS)) {
                    kill();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                kill();
            }
        }
    }

    public synchronized boolean isAlive() {
        return run != null && run.process().isAlive();
    }

    public long pid() {
        return current().process().pid();
    }

    /// Waits for the line `ready ADDRESS` that every engine's main class prints.
    ///
    /// @return the address
    public String awaitReady() {
        return awaitLine(line -> line.startsWith(READY), "ready", PATIENCE).substring(READY.length());
    }

    /// Waits until the present run has printed a line with this text, for at most two minutes.
    ///
    /// @return the line
    public String awaitLine(String text) {
        return awaitLine(text, PATIENCE);
    }

    /// @throws AssertionError with the end of its output if it ends or the time is over before
    public String awaitLine(String text, Duration patience) {
        return awaitLine(line -> line.contains(text), text, patience);
    }

    /// The file that all its runs print to.
    public Path output() {
        return output;
    }

    /// The last lines that the present run has printed.
    public String tail() {
        var lines = current().lines();
        synchronized (lines) {
            var last = lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size());
            return "%s (%s), its last lines:%n%s".formatted(name, output, String.join(System.lineSeparator(), last));
        }
    }

    @Override
    public void close() {
        stop();
        OPEN.remove(this);
    }

    /// All that have been started and not closed.
    static List<ChildProcess> open() {
        return List.copyOf(OPEN);
    }

    /// Says to the parent that this process serves.
    static void sayReady(String address) {
        // the parent reads standard output; there is no logger between them
        System.out.println(READY + address);
        System.out.flush();
    }

    /// Keeps the main thread until the process is told to end.
    static void park() {
        try {
            Thread.currentThread().join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Run current() {
        if (run == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return run;
    }

    private String awaitLine(Predicate<String> wanted, String description, Duration patience) {
        var current = current();
        var lines = current.lines();
        var deadline = Instant.now().plus(patience);
        synchronized (lines) {
            for (var read = 0; ; ) {
                for (; read < lines.size(); read++) {
                    if (wanted.test(lines.get(read))) {
                        return lines.get(read);
                    }
                }
                if (current.hasEnded()) {
                    throw new AssertionError(name + " ended without saying '" + description + "'. " + tail());
                }
                var left = Duration.between(Instant.now(), deadline).toMillis();
                if (left <= 0) {
                    throw new AssertionError(
                            name + " did not say '" + description + "' within " + patience + ". " + tail());
                }
                try {
                    lines.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for " + name, e);
                }
            }
        }
    }

    private static Path outputFile(String name) {
        try {
            var build = Path.of("target").toAbsolutePath();
            var directory = Files.isDirectory(build)
                    ? Files.createDirectories(build.resolve("children"))
                    : Files.createTempDirectory("millrace-children-");
            var file = directory.resolve(
                    "%s-%d-%d.log".formatted(name, ProcessHandle.current().pid(), STARTED.incrementAndGet()));
            Files.deleteIfExists(file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One life of the process. The list of its lines is the lock and the condition of who waits for one.
    private static final class Run {
        private final Process process;
        private final List<String> lines = new ArrayList<>();
        private boolean ended;

        private Run(Process process) {
            this.process = process;
        }

        static Run start(List<String> command, Map<String, String> environment, Path output) {
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            try {
                var run = new Run(builder.start());
                var unused = Thread.ofVirtual().start(() -> run.read(output));
                return run;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Process process() {
            return process;
        }

        List<String> lines() {
            return lines;
        }

        /// True once it is gone and everything it printed has been read; asked under the lock.
        boolean hasEnded() {
            return ended;
        }

        private void read(Path output) {
            try (var from = new BufferedReader(
                            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                    var to = Files.newBufferedWriter(output, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                for (String line; (line = from.readLine()) != null; ) {
                    to.write(line);
                    to.newLine();
                    to.flush();
                    add(line);
                }
            } catch (IOException e) {
                add("(reading its output failed: " + e + ")");
            } finally {
                synchronized (lines) {
                    ended = true;
                    lines.notifyAll();
                }
            }
        }

        private void add(String line) {
            synchronized (lines) {
                lines.add(line);
                lines.notifyAll();
            }
        }
    }
}
