package io.millrace.embedded;

import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/// Which earlier schemas of a subject a new one must get on with, and in which direction.
enum SchemaLevel {
    /// Anything goes.
    NONE(false, false, false),
    /// Readers of the new schema read what was written with the last one.
    BACKWARD(true, false, false),
    BACKWARD_TRANSITIVE(true, false, true),
    /// Readers of the last schema read what is written with the new one.
    FORWARD(false, true, false),
    FORWARD_TRANSITIVE(false, true, true),
    FULL(true, true, false),
    FULL_TRANSITIVE(true, true, true);

    private final boolean newReadsOld;
    private final boolean oldReadsNew;
    private final boolean withEveryVersion;

    SchemaLevel(boolean newReadsOld, boolean oldReadsNew, boolean withEveryVersion) {
        this.newReadsOld = newReadsOld;
        this.oldReadsNew = oldReadsNew;
        this.withEveryVersion = withEveryVersion;
    }

    /// Why the schema is refused after these, oldest first; empty where it is not.
    List<String> objections(Schema candidate, List<Schema> earlier) {
        var from = withEveryVersion ? 0 : Math.max(0, earlier.size() - 1);
        return earlier.subList(from, earlier.size()).stream()
                .flatMap(old -> Stream.concat(
                        newReadsOld ? objections(candidate, old, "reader: new, writer: earlier") : Stream.empty(),
                        oldReadsNew ? objections(old, candidate, "reader: earlier, writer: new") : Stream.empty()))
                .toList();
    }

    private static Stream<String> objections(Schema reader, Schema writer, String direction) {
        var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult();
        if (result.getCompatibility() == SchemaCompatibilityType.COMPATIBLE) {
            return Stream.empty();
        }
        return result.getIncompatibilities().stream()
                .map(found -> "{errorType:'%s', description:'%s', at:'%s', %s}"
                        .formatted(found.getType(), found.getMessage(), found.getLocation(), direction));
    }
}
