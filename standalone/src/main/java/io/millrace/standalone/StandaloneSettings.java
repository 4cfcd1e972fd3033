package io.millrace.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/// What the one process needs beyond its services' own settings.
///
/// @param port of the one HTTP server; 0 takes any that is free
/// @param apiKey the organization's key
record StandaloneSettings(int port, String apiKey) {
    private static final int MAX_PORT = 65_535;

    /// @throws IllegalArgumentException naming the variable that makes no sense
    static StandaloneSettings of(Map<String, String> environment) {
        var port = environment.getOrDefault("MILLRACE_PORT", "8080");
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > MAX_PORT) {
            throw new IllegalArgumentException("MILLRACE_PORT must be a port, not \"" + port + "\"");
        }
        var key = text(environment, "MILLRACE_API_KEY")
                .or(() -> text(environment, "MILLRACE_DATA").map(Path::of).map(StandaloneSettings::keptKey))
                .orElseGet(StandaloneSettings::newKey);
        return new StandaloneSettings(Integer.parseInt(port), key);
    }

    /// Where data stays between two starts, unless the environment says otherwise.
    static Path dataDirectory(Map<String, String> environment) {
        return text(environment, "XDG_DATA_HOME")
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "share"))
                .resolve("millrace");
    }

    /// The key that was made when this data directory was first used.
    private static String keptKey(Path data) {
        var file = data.resolve("api-key");
        try {
            if (Files.exists(file)) return Files.readString(file).strip();
            Files.createDirectories(data);
            return Files.readString(Files.writeString(file, newKey()));
        } catch (IOException e) {
            throw new UncheckedIOException("the API key cannot be kept in " + file, e);
        }
    }

    private static String newKey() {
        var bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return "mr_" + HexFormat.of().formatHex(bytes);
    }

    private static Optional<String> text(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable)).map(String::strip).filter(text -> !text.isEmpty());
    }
}
