package io.millrace.invoicer.customer;

import io.micronaut.http.HttpRequest;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Listed;
import io.millrace.invoicer.contract.Lists;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.organization.Organization;
import io.millrace.invoicer.organization.Organizations;
import io.millrace.invoicer.organization.SettingsFollower;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.invoicer.tax.Taxes;
import io.millrace.invoicer.webhook.Webhooks;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/// The organizations' customers.
@Singleton
public class Customers implements SettingsFollower {
    static final String RESOURCE = "customer";

    private static final long LONGEST_PAYMENT_TERM = 3650;

    private final CustomerRepository customers;
    private final Organizations organizations;
    private final Taxes taxes;
    private final Clocks clocks;
    private final BillingDates billingDates;
    private final Outbox outbox;
    private final Webhooks webhooks;
    private final Lists lists;

    Customers(
            CustomerRepository customers,
            Organizations organizations,
            Taxes taxes,
            Clocks clocks,
            BillingDates billingDates,
            Outbox outbox,
            Webhooks webhooks,
            Lists lists) {
        this.customers = customers;
        this.organizations = organizations;
        this.taxes = taxes;
        this.clocks = clocks;
        this.billingDates = billingDates;
        this.outbox = outbox;
        this.webhooks = webhooks;
        this.lists = lists;
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
        if (isNew) return create(after);
        if (!after.zone().equals(before.zone())) {
            billingDates.ofCustomer(before.id(), before.zone(), after.zone());
            republish(organization, customers.findSubscriptions(before.id()));
        }
        return told("customer.updated", customers.update(after));
    }

    /// The customer of this external id, created bare if there is none: a subscription may be the first that is
    /// heard of it.
    @Transactional
    public Customer findOrCreate(UUID organization, String externalId) {
        return findLocked(organization, externalId).orElseGet(() -> create(blank(organization, externalId)));
    }

    private Customer create(Customer blank) {
        return told("customer.created", customers.save(numbered(blank, customers.nextNumber(blank.organizationId()))));
    }

    private Customer told(String webhookType, Customer customer) {
        webhooks.tell(customer.organizationId(), webhookType, RESOURCE, customer.id(), () -> shown(customer));
        return customer;
    }

    /// Deletes a customer: nobody finds it any more, and its external id is free. What it owes stays owed.
    ///
    /// @throws Refusal.NotFound if there is none
    @Transactional
    public Customer delete(UUID organization, String externalId) {
        var customer = customers.findLocked(organization, externalId).orElseThrow(() -> new Refusal.NotFound(RESOURCE));
        customers.setDeleted(customer.id(), clocks.system());
        return customer;
    }

    @Override
    @Transactional
    public void follow(Organization before, Organization after) {
        boolean sameZone = before.zone().equals(after.zone());
        if (sameZone && Objects.equals(before.netPaymentTerm(), after.netPaymentTerm())) return;
        if (!sameZone) {
            billingDates.ofOrganization(after.id(), before.zone(), after.zone());
            republish(after.id(), customers.findSubscriptionsOfNoZone(after.id()));
        }
        customers.setOrganizations(after.id(), after.timezone(), after.netPaymentTerm());
    }

    /// Locks the customer, or where there is none the numbers of new ones, until the transaction ends; the settings
    /// that the customer follows stay as they are as long.
    private Optional<Customer> findLocked(UUID organization, String externalId) {
        organizations.hold(organization);
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

    Listed<Customer> list(UUID organization, HttpRequest<?> request) {
        return lists.list(Customer.class, CustomerFilters.selection(organization, request), request);
    }

    /// The customer as the API shows it, with the taxes that it names.
    public CustomerObject shown(Customer customer) {
        return CustomerObject.of(customer, taxes.of(customer.organizationId()));
    }

    /// What time it is for the customer.
    public Instant now(Customer customer) {
        return clocks.of(customer.testClockId());
    }

    private Customer read(Fields fields, Customer before) {
        var now = clocks.system();
        var currency = fields.has("currency") ? fields.currency("currency") : before.currency();
        var timezone = fields.has("timezone") ? fields.timezone("timezone") : before.timezone();
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
                fields.has("name") ? fields.name("name") : before.name(),
                fields.has("email") ? fields.emails("email") : before.email(),
                currency,
                timezone,
                before.organizationTimezone(),
                fields.has("net_payment_term")
                        ? (term == null ? null : Integer.valueOf(term.intValue()))
                        : before.netPaymentTerm(),
                before.organizationNetPaymentTerm(),
                testClock,
                CustomerDetails.read(fields, before.details(), now),
                fields.has("tax_codes")
                        ? Json.write(taxes.of(before.organizationId()).named(fields))
                        : before.taxIds(),
                before.createdAt(),
                now,
                null);
    }

    private Customer blank(UUID organization, String externalId) {
        var now = clocks.system();
        var settings = organizations.hold(organization);
        return new Customer(
                UUID.randomUUID(),
                organization,
                externalId,
                0,
                null,
                null,
                null,
                null,
                settings.timezone(),
                null,
                settings.netPaymentTerm(),
                null,
                "{}",
                "[]",
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
                customer.organizationTimezone(),
                customer.netPaymentTerm(),
                customer.organizationNetPaymentTerm(),
                customer.testClockId(),
                customer.details(),
                customer.taxIds(),
                customer.createdAt(),
                customer.updatedAt(),
                null);
    }

    private void republish(UUID organization, List<String> externalSubscriptionIds) {
        var keys = externalSubscriptionIds.stream()
                .map(externalId -> Keys.subscription(organization.toString(), externalId))
                .toList();
        outbox.changed(Topics.CONFIG_SUBSCRIPTIONS, keys, organization);
    }
}
