package io.millrace.standalone;

import io.millrace.embedded.EmbeddedSettings;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.standalone.demo.Demo;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/// The commands behind `./millrace`.
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var words = List.of(arguments);
        var command = words.isEmpty() ? "" : words.getFirst();
        var options = words.isEmpty() ? words : words.subList(1, words.size());
        int status = switch (command) {
            case "up" -> up(out);
            case "demo" -> demo(options, out);
            case "dead-letters" -> deadLetters(options, out);
            case "rebuild" -> rebuild(options, out);
            default -> refuse("there is no command '" + command + "'");
        };
        // Engines leave threads behind that are no daemons.
        System.exit(status);
    }

    private static int up(PrintStream out) throws InterruptedException {
        var environment = new HashMap<>(System.getenv());
        environment.putIfAbsent(
                "MILLRACE_DATA", StandaloneSettings.dataDirectory(environment).toString());
        var millrace = Millrace.start(environment, out::println);
        var stopped = new CountDownLatch(1);
        // Not a shutdown hook: these run all at once, and the engines, which have their own, would be gone first.
        for (var signal : List.of("INT", "TERM")) Signal.handle(new Signal(signal), _ -> stopped.countDown());
        out.printf(
                "%nMillrace serves %s%n  API key  %s%n  data     %s%n  stop it with Ctrl-C%n",
                millrace.url(), millrace.apiKey(), environment.get("MILLRACE_DATA"));
        stopped.await();
        out.println("stopping …");
        millrace.close();
        return 0;
    }

    private static int demo(List<String> options, PrintStream out) throws Exception {
        int events = 50_000;
        Path accessLog = null;
        boolean json = false;
        for (var words = options.iterator(); words.hasNext(); ) {
            var option = words.next();
            switch (option) {
                case "--json" -> json = true;
                case "--events", "--access-log" -> {
                    if (!words.hasNext()) return refuse(option + " needs a value");
                    var value = words.next();
                    if (option.equals("--access-log")) accessLog = Path.of(value);
                    else if (value.matches("[1-9][0-9]{0,7}")) events = Integer.parseInt(value);
                    else return refuse("--events takes a whole number from 1 to 99999999, not '" + value + "'");
                }
                default -> {
                    return refuse("demo has no option '" + option + "'");
                }
            }
        }
        if (accessLog != null && !accessLog.toFile().canRead()) return refuse("cannot read " + accessLog);
        try (var millrace = Millrace.start(demoEnvironment(), out::println)) {
            boolean exact = accessLog == null
                    ? Demo.ofVendor(millrace, events, json, out)
                    : Demo.ofAccessLog(millrace, accessLog, json, out);
            return exact ? 0 : FAILED;
        }
    }

    private static int deadLetters(List<String> options, PrintStream out) throws InterruptedException {
        try {
            DeadLettersCommand.run(options, System.getenv(), out);
            return 0;
        } catch (IllegalArgumentException e) {
            return refuse(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            System.err.println("millrace: " + e.getMessage());
            return FAILED;
        }
    }

    /// At the servers that the environment names, or on the data of a Millrace that is stopped.
    private static int rebuild(List<String> options, PrintStream out) throws InterruptedException {
        var environment = new HashMap<>(System.getenv());
        environment.putIfAbsent(
                "MILLRACE_DATA", StandaloneSettings.dataDirectory(environment).toString());
        try (var engines = EmbeddedStack.start(EmbeddedSettings.of(environment)
                .withEngines(List.of(Engine.KAFKA, Engine.REGISTRY, Engine.CLICKHOUSE)))) {
            environment.putAll(engines.environment());
            new RebuildCommand(environment, out).run(options);
            return 0;
        } catch (IllegalArgumentException e) {
            return refuse(String.valueOf(e.getMessage()));
        } catch (IllegalStateException | SQLException e) {
            System.err.println("millrace: " + e.getMessage());
            return FAILED;
        }
    }

    /// Fresh data, a key of its own and a free port, whatever else runs on this machine; unknown events are
    /// given up after seconds instead of an hour.
    private static Map<String, String> demoEnvironment() {
        var environment = new HashMap<>(System.getenv());
        List.of("MILLRACE_DATA", "MILLRACE_API_KEY").forEach(environment::remove);
        environment.put("MILLRACE_PORT", "0");
        environment.put("MILLRACE_ENRICHER_PARKED_UP_TO", "10s");
        return environment;
    }

    private static int refuse(String reason) {
        System.err.println("millrace: " + reason);
        return USAGE;
    }
}
