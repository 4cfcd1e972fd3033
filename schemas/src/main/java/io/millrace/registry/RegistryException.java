package io.millrace.registry;

import org.apache.kafka.common.errors.SerializationException;

/// The registry answered and refused, such as for an unknown schema id: asking again does not help.
public final class RegistryException extends SerializationException {
    private static final long serialVersionUID = 1;

    private final int code;

    public RegistryException(int code, String message) {
        super("schema registry answered " + code + ": " + message);
        this.code = code;
    }

    /// The registry's error code, such as 40403 for an unknown schema.
    public int code() {
        return code;
    }
}
