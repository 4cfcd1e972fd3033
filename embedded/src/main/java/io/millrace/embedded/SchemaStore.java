package io.millrace.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.jspecify.annotations.Nullable;

/// Subjects, their versions, compatibility levels and modes: what a registry knows, in memory and in a
/// [SchemaLog].
///
/// A change is written to the log before it counts. Equal schemas have one id in all subjects, and an id is never
/// given to another schema while its own is in the log.
final class SchemaStore {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GLOBAL = "";

    /// One schema in its place in a subject.
    record Version(String subject, int version, int id, String schema, boolean deleted) {}

    /// Whether schemas may be registered.
    enum Mode {
        READWRITE,
        READONLY
    }

    private final SchemaLog log;
    private final SortedMap<String, NavigableMap<Integer, Version>> subjects = new TreeMap<>();
    private final SortedMap<Integer, String> schemas = new TreeMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, SchemaLevel> levels = new HashMap<>();
    private final Map<String, Mode> modes = new HashMap<>();

    SchemaStore(SchemaLog log) {
        this.log = log;
        log.replay(this::apply);
    }

    synchronized List<String> subjects(boolean withDeleted) {
        return subjects.entrySet().stream()
                .filter(entry -> entry.getValue().values().stream().anyMatch(live(withDeleted)))
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Versions of a subject, oldest first, at least one.
    synchronized List<Version> versions(String subject, boolean withDeleted) {
        var found = versionsOrNone(subject, withDeleted);
        if (found.isEmpty()) {
            throw RegistryError.noSubject(subject);
        }
        return found;
    }

    /// @param version a number, or `latest` or -1 for the newest
    synchronized Version version(String subject, String version, boolean withDeleted) {
        var number = number(version);
        var versions = versions(subject, withDeleted);
        if (number == -1) {
            return versions.getLast();
        }
        return versions.stream()
                .filter(found -> found.version() == number)
                .findFirst()
                .orElseThrow(() -> RegistryError.noVersion(version));
    }

    synchronized String schema(int id) {
        var schema = schemas.get(id);
        if (schema == null) {
            throw RegistryError.noSchema(Integer.toString(id));
        }
        return schema;
    }

    /// Where the schema of an id is used.
    synchronized List<Version> uses(int id, boolean withDeleted) {
        var unused = schema(id);
        return subjects.values().stream()
                .flatMap(versions -> versions.values().stream())
                .filter(version -> version.id() == id)
                .filter(live(withDeleted))
                .toList();
    }

    /// The version of a subject that has this schema.
    synchronized Version lookup(String subject, String schema, boolean withDeleted) {
        var canonical = parse(schema).toString();
        return versions(subject, withDeleted).stream()
                .filter(version -> version.schema().equals(canonical))
                .max(Comparator.comparingInt(Version::version))
                .orElseThrow(() -> RegistryError.noSchema("in subject " + subject));
    }

    /// Adds a version unless the subject has the schema.
    ///
    /// @return the schema's id
    synchronized int register(String subject, String schema) {
        var parsed = parse(schema);
        var canonical = parsed.toString();
        var live = versionsOrNone(subject, false);
        for (var version : live) {
            if (version.schema().equals(canonical)) {
                return version.id();
            }
        }
        requireWritable(subject);
        var objections = level(subject).objections(parsed, schemasOf(live));
        if (!objections.isEmpty()) {
            throw RegistryError.incompatible(subject, objections);
        }
        var known = ids.get(canonical);
        var id = known != null ? known : schemas.isEmpty() ? 1 : schemas.lastKey() + 1;
        var earlier = subjects.get(subject);
        var number = earlier == null || earlier.isEmpty() ? 1 : earlier.lastKey() + 1;
        write(new Version(subject, number, id, canonical, false));
        return id;
    }

    /// Why a schema could not be registered after the given version, or after all of the subject's where none is
    /// given; empty where it could.
    synchronized List<String> objections(String subject, String schema, @Nullable String version) {
        var parsed = parse(schema);
        var earlier = version == null
                ? versionsOrNone(subject, false)
                : version.equals("latest") || version.equals("-1")
                        ? lastOf(versionsOrNone(subject, false))
                        : List.of(version(subject, version, false));
        return level(subject).objections(parsed, schemasOf(earlier));
    }

    /// @return the versions that are gone
    synchronized List<Integer> deleteSubject(String subject, boolean permanently) {
        requireWritable(subject);
        var all = versions(subject, true);
        var live = all.stream().filter(version -> !version.deleted()).toList();
        if (permanently) {
            if (!live.isEmpty()) {
                throw RegistryError.subjectIsNotSoftDeleted(subject);
            }
            all.forEach(this::erase);
            return all.stream().map(Version::version).toList();
        }
        if (live.isEmpty()) {
            throw RegistryError.subjectIsSoftDeleted(subject);
        }
        live.forEach(this::hide);
        return live.stream().map(Version::version).toList();
    }

    synchronized int deleteVersion(String subject, String version, boolean permanently) {
        requireWritable(subject);
        var found = version(subject, version, true);
        if (permanently) {
            if (!found.deleted()) {
                throw RegistryError.versionIsNotSoftDeleted(subject, found.version());
            }
            erase(found);
        } else {
            if (found.deleted()) {
                throw RegistryError.versionIsSoftDeleted(subject, found.version());
            }
            hide(found);
        }
        return found.version();
    }

    synchronized SchemaLevel globalLevel() {
        return levels.getOrDefault(GLOBAL, SchemaLevel.BACKWARD);
    }

    synchronized Optional<SchemaLevel> ownLevel(String subject) {
        return Optional.ofNullable(levels.get(subject));
    }

    /// @param subject null for the level of all subjects that have none of their own
    synchronized SchemaLevel setLevel(@Nullable String subject, String level) {
        for (var known : SchemaLevel.values()) {
            if (known.name().equals(level)) {
                append(key("CONFIG", subject), JSON.createObjectNode().put("compatibilityLevel", level));
                return known;
            }
        }
        throw RegistryError.invalidLevel(level);
    }

    /// @param subject null to return to the level of a new registry
    /// @return the level that was set before
    synchronized SchemaLevel unsetLevel(@Nullable String subject) {
        var before =
                subject == null ? globalLevel() : ownLevel(subject).orElseThrow(() -> RegistryError.noSubject(subject));
        append(key("CONFIG", subject), null);
        return before;
    }

    synchronized Mode globalMode() {
        return modes.getOrDefault(GLOBAL, Mode.READWRITE);
    }

    synchronized Optional<Mode> ownMode(String subject) {
        return Optional.ofNullable(modes.get(subject));
    }

    /// @param subject null for the mode of all subjects that have none of their own
    synchronized Mode setMode(@Nullable String subject, String mode) {
        for (var known : Mode.values()) {
            if (known.name().equals(mode)) {
                append(key("MODE", subject), JSON.createObjectNode().put("mode", mode));
                return known;
            }
        }
        throw RegistryError.invalidMode(mode);
    }

    /// @return the mode that was set before
    synchronized Mode unsetMode(String subject) {
        var before = ownMode(subject).orElseThrow(() -> RegistryError.noSubject(subject));
        append(key("MODE", subject), null);
        return before;
    }

    static Schema parse(String schema) {
        try {
            return new Schema.Parser().parse(schema);
        } catch (SchemaParseException e) {
            throw RegistryError.invalidSchema(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            throw RegistryError.invalidSchema(e.toString());
        }
    }

    private SchemaLevel level(String subject) {
        return ownLevel(subject).orElseGet(this::globalLevel);
    }

    private void requireWritable(String subject) {
        if (ownMode(subject).orElseGet(this::globalMode) == Mode.READONLY) {
            throw RegistryError.readOnly(subject);
        }
    }

    private List<Version> versionsOrNone(String subject, boolean withDeleted) {
        var versions = subjects.get(subject);
        return versions == null
                ? List.of()
                : versions.values().stream().filter(live(withDeleted)).toList();
    }

    private static List<Version> lastOf(List<Version> versions) {
        return versions.isEmpty() ? versions : List.of(versions.getLast());
    }

    private static List<Schema> schemasOf(List<Version> versions) {
        var parsed = new ArrayList<Schema>();
        for (var version : versions) {
            parsed.add(parse(version.schema()));
        }
        return parsed;
    }

    private static Predicate<Version> live(boolean withDeleted) {
        return version -> withDeleted || !version.deleted();
    }

    private static int number(String version) {
        if (version.equals("latest")) {
            return -1;
        }
        try {
            var number = Integer.parseInt(version);
            if (number >= 1 || number == -1) {
                return number;
            }
        } catch (NumberFormatException e) {
            // the same answer as for a number out of range
        }
        throw RegistryError.invalidVersion(version);
    }

    private void write(Version version) {
        append(
                key(version),
                JSON.createObjectNode()
                        .put("subject", version.subject())
                        .put("version", version.version())
                        .put("id", version.id())
                        .put("schema", version.schema())
                        .put("deleted", version.deleted()));
    }

    private void hide(Version version) {
        write(new Version(version.subject(), version.version(), version.id(), version.schema(), true));
    }

    private void erase(Version version) {
        append(key(version), null);
    }

    private static ObjectNode key(Version version) {
        return JSON.createObjectNode()
                .put("keytype", "SCHEMA")
                .put("subject", version.subject())
                .put("version", version.version())
                .put("magic", 1);
    }

    private static ObjectNode key(String kind, @Nullable String subject) {
        return JSON.createObjectNode()
                .put("keytype", kind)
                .put("subject", subject)
                .put("magic", 0);
    }

    private void append(ObjectNode key, @Nullable ObjectNode value) {
        var valueText = value == null ? null : value.toString();
        log.append(key.toString(), valueText);
        apply(key.toString(), valueText);
    }

    private void apply(String keyText, @Nullable String valueText) {
        try {
            var key = JSON.readTree(keyText);
            var value = valueText == null ? null : JSON.readTree(valueText);
            var subject = key.path("subject").asText(GLOBAL);
            switch (key.path("keytype").asText()) {
                case "SCHEMA" -> applySchema(subject, key.path("version").asInt(), value);
                case "CONFIG" -> {
                    if (value == null) {
                        levels.remove(subject);
                    } else {
                        levels.put(
                                subject,
                                SchemaLevel.valueOf(
                                        value.path("compatibilityLevel").asText()));
                    }
                }
                case "MODE" -> {
                    if (value == null) {
                        modes.remove(subject);
                    } else {
                        modes.put(subject, Mode.valueOf(value.path("mode").asText()));
                    }
                }
                default -> {
                    // Confluent's registry also writes NOOP, DELETE_SUBJECT and CLEAR_SUBJECT, which say nothing that
                    // the entries above do not.
                }
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("unreadable entry in the schema log: " + keyText, e);
        }
    }

    private void applySchema(String subject, int number, @Nullable JsonNode value) {
        var versions = subjects.computeIfAbsent(subject, name -> new TreeMap<>());
        if (value == null) {
            versions.remove(number);
            if (versions.isEmpty()) {
                subjects.remove(subject);
            }
            return;
        }
        var version = new Version(
                subject,
                number,
                value.path("id").asInt(),
                value.path("schema").asText(),
                value.path("deleted").asBoolean());
        versions.put(number, version);
        schemas.put(version.id(), version.schema());
        ids.put(version.schema(), version.id());
    }
}
