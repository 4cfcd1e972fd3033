package io.millrace.invoicer.organization;

import io.micronaut.http.HttpRequest;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a key may be permitted to read or write, in the contract's words.
enum Resource {
    ACTIVITY_LOG("activity_logs"),
    ADD_ON("add_ons"),
    API_KEY("api_keys"),
    API_LOG("api_logs"),
    BILLABLE_METRIC("billable_metrics"),
    CONFIGURATION("configuration"),
    CUSTOMER("customers"),
    CUSTOMER_USAGE("customers"),
    DEAD_LETTER("dead_letters"),
    EVENT("events"),
    FEE("fees"),
    INVOICE("invoices"),
    ORGANIZATION("organizations"),
    PIPELINE_PROGRESS("pipeline_progress"),
    PLAN("plans"),
    SUBSCRIPTION("subscriptions"),
    TAX("taxes"),
    TEST_CLOCK("test_clocks"),
    WEBHOOK_ENDPOINT("webhook_endpoints"),
    WEBHOOK_JWT_PUBLIC_KEY("webhooks");

    private final String collection;

    Resource(String collection) {
        this.collection = collection;
    }

    /// Such as `billable_metric`.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The resource that a request is about; empty if its address is none of the list's.
    static Optional<Resource> of(HttpRequest<?> request) {
        return of(request.getPath());
    }

    /// @param path such as `/api/v1/customers/acme/current_usage`
    static Optional<Resource> of(String path) {
        var steps = path.split("/");
        if (steps.length < 4) return Optional.empty();
        // What is below a customer is a resource of its own: its usage, its invoices.
        boolean isBelowCustomer = steps.length == 6 && steps[3].equals(CUSTOMER.collection);
        if (isBelowCustomer && steps[5].endsWith("_usage")) return Optional.of(CUSTOMER_USAGE);
        var collection = isBelowCustomer ? steps[5] : steps[3];
        return Arrays.stream(values())
                .filter(resource -> resource.collection.equals(collection))
                .findFirst();
    }
}
