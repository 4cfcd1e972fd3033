package io.millrace.registry;

import java.util.Optional;
import org.apache.avro.Schema;

/// The part of a Confluent-compatible schema registry that services use. Implementations are safe for use by
/// many threads and remember what never changes: a schema's id, and the schema of an id.
///
/// Every method throws [RegistryUnavailableException] while no registry answers, and [RegistryException] when
/// one refuses.
public interface SchemaRegistry {
    /// Registers a schema under a subject, or finds it there.
    ///
    /// @return the schema's id, the same in every subject
    /// @throws RegistryException with code 409 if the schema is not compatible with the subject's earlier ones
    int register(String subject, Schema schema);

    /// @throws RegistryException with code 40403 if no schema has this id
    Schema byId(int id);

    /// The newest schema of a subject, or empty if the subject is unknown.
    Optional<Registered> latest(String subject);

    /// True if the schema could be registered under the subject now; also when the subject is unknown.
    boolean isCompatible(String subject, Schema schema);

    /// A schema as the registry keeps it.
    record Registered(int id, int version, Schema schema) {}
}
