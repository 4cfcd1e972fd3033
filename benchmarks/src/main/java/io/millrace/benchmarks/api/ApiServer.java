package io.millrace.benchmarks.api;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.millrace.embedded.EmbeddedSettings;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.invoicer.Invoicer;
import java.util.HashMap;
import java.util.Map;

/// The invoicer with its engines, as `./millrace up` has them, in the process that it is the main class of.
final class ApiServer {
    /// Begins the lines that tell the addresses.
    static final String CLICKHOUSE = "clickhouse at ";

    static final String SERVER = "server at ";

    private ApiServer() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (var stack = EmbeddedStack.start(EmbeddedSettings.temporary(Engine.values()))) {
            var environment = new HashMap<>(System.getenv());
            environment.putAll(stack.environment());
            environment.put("MILLRACE_RATE_LIMIT", "0");
            environment.put("MILLRACE_RATE_LIMIT_CURRENT_USAGE", "0");
            var context = Invoicer.configure(ApplicationContext.builder(), environment)
                    .properties(Map.of("micronaut.server.port", -1))
                    .start();
            var server = context.getBean(EmbeddedServer.class).start();
            System.out.println(CLICKHOUSE + environment.get("CLICKHOUSE_URL"));
            System.out.println(SERVER + server.getURI());
            Thread.currentThread().join();
        }
    }
}
