package io.millrace.embedded;

import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which engines a stack starts, and where.
///
/// @param data directory of all engines' data, kept when the stack is closed; empty is a temporary one, deleted
///     with everything in it. Two stacks cannot share one
/// @param engines the engines that are needed; the registry brings the broker, which keeps its state
/// @param ports TCP ports by engine, where one is not named any free one; a port that is taken is an error
/// @param given addresses by engine of real servers that are used instead; a wrong one shows when it is first used
public record EmbeddedSettings(
        Optional<Path> data, Set<Engine> engines, Map<Engine, Integer> ports, Map<Engine, String> given) {

    public EmbeddedSettings {
        engines = withImplied(engines);
        ports = Map.copyOf(ports);
        given = Map.copyOf(given);
        ports.forEach((engine, port) -> {
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException(engine.portVariable() + " is not a port: " + port);
            }
        });
    }

    /// All engines, as the environment has it: `MILLRACE_DATA`, a port such as `MILLRACE_KAFKA_PORT`, or a real
    /// server such as `KAFKA_BOOTSTRAP_SERVERS`. What is absent or blank has its default.
    public static EmbeddedSettings of(Map<String, String> environment) {
        var ports = new EnumMap<Engine, Integer>(Engine.class);
        var given = new EnumMap<Engine, String>(Engine.class);
        for (var engine : Engine.values()) {
            value(environment, engine.portVariable()).ifPresent(port -> ports.put(engine, port(engine, port)));
            value(environment, engine.addressVariable()).ifPresent(address -> given.put(engine, address));
        }
        var data = value(environment, "MILLRACE_DATA").map(Path::of).map(Path::toAbsolutePath);
        return new EmbeddedSettings(data, EnumSet.allOf(Engine.class), ports, given);
    }

    /// These engines on any free ports in a temporary directory, whatever the environment says.
    public static EmbeddedSettings temporary(Engine... engines) {
        return new EmbeddedSettings(Optional.empty(), Set.copyOf(List.of(engines)), Map.of(), Map.of());
    }

    public EmbeddedSettings withEngines(Collection<Engine> needed) {
        return new EmbeddedSettings(data, Set.copyOf(needed), ports, given);
    }

    public EmbeddedSettings withData(Path directory) {
        return new EmbeddedSettings(Optional.of(directory), engines, ports, given);
    }

    public EmbeddedSettings withPort(Engine engine, int port) {
        var changed = new EnumMap<Engine, Integer>(Engine.class);
        changed.putAll(ports);
        changed.put(engine, port);
        return new EmbeddedSettings(data, engines, changed, given);
    }

    int port(Engine engine) {
        return ports.getOrDefault(engine, 0);
    }

    private static Set<Engine> withImplied(Set<Engine> engines) {
        return engines.contains(Engine.REGISTRY)
                ? Set.copyOf(EnumSet.of(Engine.KAFKA, engines.toArray(Engine[]::new)))
                : Set.copyOf(engines);
    }

    private static Optional<String> value(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable)).map(String::strip).filter(text -> !text.isEmpty());
    }

    private static int port(Engine engine, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(engine.portVariable() + " is not a port: " + text, e);
        }
    }
}
