package io.millrace.ingest;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.ApplicationContextBuilder;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.env.yaml.YamlPropertySourceLoader;
import io.micronaut.core.io.ResourceLoader;
import io.micronaut.core.io.scan.DefaultClassPathResourceLoader;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.HashMap;
import java.util.Map;

/// The way in: takes events over HTTP and answers when the broker has them.
public final class IngestApi {
    private IngestApi() {}

    public static void main(String[] arguments) {
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "ingest-api-logback.xml");
        }
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
    /// @param environment variables that [IngestSettings] names
    /// @throws IllegalArgumentException naming the variable that is missing or makes no sense
    public static ApplicationContextBuilder configure(
            ApplicationContextBuilder application, Map<String, String> environment) {
        var settings = IngestSettings.of(environment);
        ResourceLoader loader = new DefaultClassPathResourceLoader(IngestApi.class.getClassLoader());
        var file = new YamlPropertySourceLoader().load("ingest-api", loader).orElseThrow();
        var own = new HashMap<String, Object>();
        own.put("ingest.body-size", settings.bodySize());
        own.put("micronaut.server.idle-timeout", settings.idleTimeout());
        settings.invoicerUrl().ifPresent(url -> own.put("ingest.invoicer-url", url.toString()));
        return application
                .propertySources(file, PropertySource.of("ingest-api-settings", own))
                .singletons(settings);
    }
}
