package io.millrace.registry;

import org.apache.kafka.common.errors.RetriableException;

/// No registry answered, or it is broken for now. It says nothing about the record at hand: ask again, never
/// refuse the record.
public final class RegistryUnavailableException extends RetriableException {
    private static final long serialVersionUID = 1;

    public RegistryUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
