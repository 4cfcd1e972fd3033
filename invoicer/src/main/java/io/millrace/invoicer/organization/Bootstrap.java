package io.millrace.invoicer.organization;

import io.micronaut.data.exceptions.DataAccessException;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.millrace.invoicer.InvoicerSettings;
import jakarta.inject.Singleton;

/// Gives a new installation its first organization, whose key the installation sets.
@Singleton
class Bootstrap {
    private final Organizations organizations;
    private final InvoicerSettings settings;

    Bootstrap(Organizations organizations, InvoicerSettings settings) {
        this.organizations = organizations;
        this.settings = settings;
    }

    @EventListener
    void start(ServerStartupEvent ignored) {
        var key = settings.apiKey();
        if (key == null) return;
        try {
            organizations.ensure(key);
        } catch (DataAccessException e) {
            // Another instance was first; asked again, its key is found.
            organizations.ensure(key);
        }
    }
}
