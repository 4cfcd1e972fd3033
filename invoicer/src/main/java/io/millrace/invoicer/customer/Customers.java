package io.millrace.invoicer.customer;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/// The organizations' customers.
@Singleton
public class Customers {
    static final String RESOURCE = "customer";

    /// Texts that are kept and shown, and decide nothing.
    static final List<String> SHOWN_ONLY = List.of(
            "firstname",
            "lastname",
            "customer_type",
            "address_line1",
            "address_line2",
            "city",
            "country",
            "state",
            "zipcode",
            "legal_name",
            "legal_number",
            "logo_url",
            "phone",
            "tax_identification_number",
            "url");

    private static final long LONGEST_PAYMENT_TERM = 3650;

    private final CustomerRepository customers;
    private final Clocks clocks;
    private final Outbox outbox;

    Customers(CustomerRepository customers, Clocks clocks, Outbox outbox) {
        this.customers = customers;
        this.clocks = clocks;
        this.outbox = outbox;
    }

    /// Creates the customer of this `external_id`, or changes the fields of it that the request names.
    @Transactional
    Customer upsert(UUID organization, Fields fields) {
        var externalId = fields.requiredName("external_id");
        var before = findLocked(organization, externalId).orElseGet(() -> blank(organization, externalId));
        boolean isNew = before.sequentialId() == 0;
        var after = read(fields, before);
        boolean subscribed = !isNew && customers.countSubscriptions(before.id()) > 0;
        if (subscribed && !Objects.equals(after.currency(), before.currency())) {
            fields.violated("currency", "currencies_does_not_match");
        }
        if (subscribed && !Objects.equals(after.testClockId(), before.testClockId())) {
            // Its periods so far were closed by another time.
            fields.violated("test_clock_id", "value_is_invalid");
        }
        fields.refuseViolations();
        if (isNew) return customers.save(numbered(after, customers.nextNumber(organization)));
        if (!after.zone().equals(before.zone())) republishSubscriptions(before);
        return customers.update(after);
    }

    /// The customer of this external id, created bare if there is none: a subscription may be the first that is
    /// heard of it.
    @Transactional
    public Customer findOrCreate(UUID organization, String externalId) {
        return findLocked(organization, externalId)
                .orElseGet(() ->
                        customers.save(numbered(blank(organization, externalId), customers.nextNumber(organization))));
    }

    /// Locks the customer, or where there is none the numbers of new ones, until the transaction ends.
    private Optional<Customer> findLocked(UUID organization, String externalId) {
        var existing = customers.findLocked(organization, externalId);
        if (existing.isPresent()) return existing;
        customers.lockNumbers(organization);
        // Another may have been creating it.
        return customers.findLocked(organization, externalId);
    }

    /// Fixes the currency of a customer that has none yet.
    ///
    /// @throws Refusal.Invalid if it has another one
    @Transactional
    public void useCurrency(Customer customer, String currency) {
        if (customer.currency() == null) customers.setCurrency(customer.id(), currency);
        else if (!customer.currency().equals(currency)) {
            throw new Refusal.Invalid("currency", "currencies_does_not_match");
        }
    }

    public Optional<Customer> find(UUID organization, String externalId) {
        return customers.findByOrganizationIdAndExternalIdAndDeletedAtIsNull(organization, externalId);
    }

    public Customer get(UUID id) {
        return customers.findById(id).orElseThrow();
    }

    public Map<UUID, Customer> byId(Collection<UUID> ids) {
        var found = new HashMap<UUID, Customer>();
        if (!ids.isEmpty()) customers.findByIdIn(ids).forEach(customer -> found.put(customer.id(), customer));
        return found;
    }

    Page<Customer> list(UUID organization, Pageable asked) {
        return customers.findByOrganizationIdAndDeletedAtIsNullOrderByCreatedAtDesc(organization, asked);
    }

    /// What time it is for the customer.
    public Instant now(Customer customer) {
        return clocks.of(customer.testClockId());
    }

    private Customer read(Fields fields, Customer before) {
        var currency = fields.has("currency") ? fields.text("currency") : before.currency();
        if (currency != null && CurrencyUnit.find(currency).isEmpty()) fields.violated("currency", "value_is_invalid");
        var timezone = fields.has("timezone") ? fields.text("timezone") : before.timezone();
        if (timezone != null && !isZone(timezone)) fields.violated("timezone", "value_is_invalid");
        var term = fields.wholeNumber("net_payment_term", 0, LONGEST_PAYMENT_TERM);
        var testClock = fields.has("test_clock_id") ? fields.id("test_clock_id") : before.testClockId();
        if (testClock != null && !clocks.isKnown(before.organizationId(), testClock)) {
            throw new Refusal.NotFound("test_clock");
        }
        return new Customer(
                before.id(),
                before.organizationId(),
                before.externalId(),
                before.sequentialId(),
                fields.has("name") ? fields.text("name") : before.name(),
                fields.has("email") ? fields.text("email") : before.email(),
                currency,
                timezone,
                fields.has("net_payment_term")
                        ? (term == null ? null : Integer.valueOf(term.intValue()))
                        : before.netPaymentTerm(),
                testClock,
                details(fields, before),
                before.createdAt(),
                clocks.system(),
                null);
    }

    private static String details(Fields fields, Customer before) {
        var details = new LinkedHashMap<String, Object>();
        Json.read(before.details(), Map.class).forEach((key, value) -> details.put(String.valueOf(key), value));
        for (var name : SHOWN_ONLY) {
            if (!fields.has(name)) continue;
            var text = fields.text(name);
            if (text == null) details.remove(name);
            else details.put(name, text);
        }
        return Json.write(details);
    }

    private Customer blank(UUID organization, String externalId) {
        var now = clocks.system();
        return new Customer(
                UUID.randomUUID(),
                organization,
                externalId,
                0,
                null,
                null,
                null,
                null,
                null,
                null,
                "{}",
                now,
                now,
                null);
    }

    private static Customer numbered(Customer customer, int number) {
        return new Customer(
                customer.id(),
                customer.organizationId(),
                customer.externalId(),
                number,
                customer.name(),
                customer.email(),
                customer.currency(),
                customer.timezone(),
                customer.netPaymentTerm(),
                customer.testClockId(),
                customer.details(),
                customer.createdAt(),
                customer.updatedAt(),
                null);
    }

    private void republishSubscriptions(Customer customer) {
        for (var externalId : customers.findSubscriptions(customer.id())) {
            outbox.changed(
                    Topics.CONFIG_SUBSCRIPTIONS,
                    Keys.subscription(customer.organizationId().toString(), externalId),
                    customer.organizationId());
        }
    }

    private static boolean isZone(String name) {
        try {
            return ZoneId.getAvailableZoneIds().contains(ZoneId.of(name).getId());
        } catch (DateTimeException e) {
            return false;
        }
    }
}
