package io.millrace.invoicer;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.ApplicationContextBuilder;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.env.yaml.YamlPropertySourceLoader;
import io.micronaut.core.io.ResourceLoader;
import io.micronaut.core.io.scan.DefaultClassPathResourceLoader;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.Map;

/// The control plane: what is agreed, the billing clock, invoices and webhooks.
public final class Invoicer {
    private Invoicer() {}

    public static void main(String[] arguments) {
        var environment = System.getenv();
        var port = environment.getOrDefault("MILLRACE_PORT", "8080");
        var context = configure(ApplicationContext.builder(), environment)
                .properties(Map.of("micronaut.server.port", port))
                .start();
        var server = context.getBean(EmbeddedServer.class).start();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(server::stop));
    }

    /// Makes the service part of an application that is about to start; other services may share it.
    ///
    /// @param environment variables that [InvoicerSettings] names
    /// @throws IllegalArgumentException naming the variable that is missing or makes no sense
    public static ApplicationContextBuilder configure(
            ApplicationContextBuilder application, Map<String, String> environment) {
        var settings = InvoicerSettings.of(environment);
        var loader = ResourceLoader.class.cast(new DefaultClassPathResourceLoader(Invoicer.class.getClassLoader()));
        var file = new YamlPropertySourceLoader().load("invoicer", loader).orElseThrow();
        return application
                .propertySources(
                        file,
                        PropertySource.of(
                                "invoicer-settings",
                                Map.of(
                                        "invoicer.database-url",
                                        settings.databaseUrl(),
                                        "micronaut.server.idle-timeout",
                                        settings.idleTimeout())))
                .singletons(settings);
    }
}
