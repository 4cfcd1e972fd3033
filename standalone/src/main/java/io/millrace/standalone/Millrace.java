package io.millrace.standalone;

import java.net.URI;

/// placeholder until the services land
public final class Millrace implements AutoCloseable {
    public record Accounting(long raw, long enriched, long duplicates, long deadLetters, long parked) {
        public Accounting since(Accounting before) {
            return new Accounting(
                    raw - before.raw,
                    enriched - before.enriched,
                    duplicates - before.duplicates,
                    deadLetters - before.deadLetters,
                    parked - before.parked);
        }
    }

    public record Stored(long enriched, long expanded, long deadLetters) {}

    public URI url() {
        throw new UnsupportedOperationException();
    }

    public String apiKey() {
        throw new UnsupportedOperationException();
    }

    public String organizationId() {
        throw new UnsupportedOperationException();
    }

    public String bootstrapServers() {
        throw new UnsupportedOperationException();
    }

    public String schemaRegistryUrl() {
        throw new UnsupportedOperationException();
    }

    public Accounting accounting() {
        throw new UnsupportedOperationException();
    }

    public Stored stored() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
