package io.millrace.embedded;

/// One of the systems that Millrace runs on, and the environment variable that names a real one instead.
public enum Engine {
    KAFKA("KAFKA_BOOTSTRAP_SERVERS", "MILLRACE_KAFKA_PORT"),
    REGISTRY("SCHEMA_REGISTRY_URL", "MILLRACE_REGISTRY_PORT"),
    POSTGRES("DATABASE_URL", "MILLRACE_POSTGRES_PORT"),
    CLICKHOUSE("CLICKHOUSE_URL", "MILLRACE_CLICKHOUSE_PORT");

    private final String addressVariable;
    private final String portVariable;

    Engine(String addressVariable, String portVariable) {
        this.addressVariable = addressVariable;
        this.portVariable = portVariable;
    }

    /// The variable that services read the engine's address from, such as `KAFKA_BOOTSTRAP_SERVERS`.
    public String addressVariable() {
        return addressVariable;
    }

    /// The variable that fixes the port of the embedded engine, such as `MILLRACE_KAFKA_PORT`.
    public String portVariable() {
        return portVariable;
    }
}
