package io.millrace.invoicer;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.organization.Organizations;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// The service on a free port, on the engines of this JVM.
public final class RunningInvoicer implements AutoCloseable {
    private final ApplicationContext context;
    private final EmbeddedServer server;
    private final String key;

    private RunningInvoicer(ApplicationContext context, EmbeddedServer server, String key) {
        this.context = context;
        this.server = server;
        this.key = key;
    }

    public static RunningInvoicer start(EmbeddedStack stack) {
        return start(stack, Map.of());
    }

    /// @param settings variables beside the engines' addresses
    public static RunningInvoicer start(EmbeddedStack stack, Map<String, String> settings) {
        // Each has an organization of its own in the database that all tests of the JVM share.
        var key = "key-" + UUID.randomUUID();
        var environment = new HashMap<>(stack.environment());
        environment.put("MILLRACE_API_KEY", key);
        environment.putAll(settings);
        var context = Invoicer.configure(ApplicationContext.builder(), environment)
                .properties(Map.of("micronaut.server.port", -1))
                .start();
        return new RunningInvoicer(
                context, context.getBean(EmbeddedServer.class).start(), environment.get("MILLRACE_API_KEY"));
    }

    /// The same service for an organization that is made for it. It ends with the one that was started.
    public RunningInvoicer withNewOrganization() {
        var other = "key-" + UUID.randomUUID();
        get(Organizations.class).ensure(other);
        return new RunningInvoicer(context, server, other);
    }

    public ApiClient api() {
        return api(key);
    }

    public ApiClient api(String otherKey) {
        return new ApiClient(server.getURI(), otherKey);
    }

    public ApiClient withoutKey() {
        return new ApiClient(server.getURI(), null);
    }

    public String key() {
        return key;
    }

    /// The organization of the key.
    public UUID organization() {
        return Ids.of("organization", Ids.hash(key));
    }

    public <T> T get(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        server.stop();
        context.close();
    }
}
