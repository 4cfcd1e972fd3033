package io.millrace.embedded;

import io.millrace.registry.RegistryException;
import io.millrace.registry.RegistryUnavailableException;
import io.millrace.registry.SchemaRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/// A schema registry of one test, without HTTP: remembers what is registered, and can be made silent. Everything is
/// compatible.
public final class InMemoryRegistry implements SchemaRegistry {
    private final List<Schema> schemas = new ArrayList<>();
    private final Map<String, List<Schema>> subjects = new HashMap<>();
    private int silentCalls;

    /// The next calls find no registry.
    public synchronized void goSilentFor(int calls) {
        silentCalls = calls;
    }

    @Override
    public synchronized int register(String subject, Schema schema) {
        answer();
        if (!schemas.contains(schema)) schemas.add(schema);
        var versions = subjects.computeIfAbsent(subject, name -> new ArrayList<>());
        if (!versions.contains(schema)) versions.add(schema);
        return schemas.indexOf(schema) + 1;
    }

    @Override
    public synchronized Schema byId(int id) {
        answer();
        if (id < 1 || id > schemas.size()) throw new RegistryException(40403, "Schema " + id + " not found");
        return schemas.get(id - 1);
    }

    @Override
    public synchronized Optional<Registered> latest(String subject) {
        answer();
        return Optional.ofNullable(subjects.get(subject)).map(versions -> {
            var last = versions.getLast();
            return new Registered(schemas.indexOf(last) + 1, versions.size(), last);
        });
    }

    @Override
    public synchronized boolean isCompatible(String subject, Schema schema) {
        answer();
        return true;
    }

    private void answer() {
        if (silentCalls > 0) {
            silentCalls--;
            throw new RegistryUnavailableException("silent", new IOException("silent"));
        }
    }
}
