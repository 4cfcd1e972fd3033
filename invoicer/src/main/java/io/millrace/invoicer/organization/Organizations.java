package io.millrace.invoicer.organization;

import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Ids;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;

/// The organizations.
@Singleton
public class Organizations {
    private final OrganizationRepository organizations;
    private final ApiKeys keys;
    private final Clocks clocks;

    Organizations(OrganizationRepository organizations, ApiKeys keys, Clocks clocks) {
        this.organizations = organizations;
        this.keys = keys;
        this.clocks = clocks;
    }

    public Organization get(UUID id) {
        return organizations.findById(id).orElseThrow();
    }

    /// Its settings stay as they are until the transaction ends.
    @Transactional(propagation = Propagation.MANDATORY)
    public Organization hold(UUID id) {
        return organizations.findHeld(id);
    }

    /// Makes sure that an organization with this key exists; any number of instances may do so at once.
    @Transactional
    public void ensure(String key) {
        var hash = Ids.hash(key);
        if (keys.isKnown(key)) return;
        // The ids follow from the key, so that of two instances one fails on the primary key and finds the key when
        // asked again.
        var now = clocks.system();
        var organization = organizations.save(
                new Organization(Ids.of("organization", hash), "Millrace", secret(), null, null, "USD", "{}", now));
        keys.save(Ids.of("api_key", hash), organization.id(), key);
    }

    private static String secret() {
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
