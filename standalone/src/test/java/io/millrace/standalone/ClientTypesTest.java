package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.standalone.ClientTypes.Operation;
import io.millrace.standalone.ClientTypes.Type;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The API's document beside the types of the public client, for the resources that both have. What the client knows
/// and we lack is in a table here, with the reason above it: a line more is a gap that a user of the client would fall
/// into, a line less one that is closed.
class ClientTypesTest {
    /// Routes that only this service has.
    private static final Set<String> OWN_RESOURCES =
            Set.of("api_keys", "configuration", "dead_letters", "openapi.json", "pipeline_progress", "test_clocks");

    private static ClientTypes client;
    private static JsonNode document;
    /// By method and path, as the client's.
    private static final Map<String, JsonNode> OWN = new TreeMap<>();

    private final Set<String> gaps = new TreeSet<>();
    private final Set<String> seen = new HashSet<>();

    @BeforeAll
    static void read() throws Exception {
        var types = PublicClient.install().resolve("node_modules/lago-javascript-client/esm/openapi/client.d.ts");
        client = new ClientTypes(Files.readString(types));
        document = new ObjectMapper().readTree(ClientTypesTest.class.getResourceAsStream("/invoicer/openapi.json"));
        for (var path : document.path("paths").properties()) {
            for (var method : path.getValue().properties()) {
                OWN.put(
                        ClientTypes.route(
                                method.getKey().toUpperCase(Locale.ROOT),
                                path.getKey().substring("/api/v1".length())),
                        method.getValue());
            }
        }
    }

    @Test
    void routes() {
        var resources = OWN.keySet().stream().map(ClientTypesTest::resource).collect(Collectors.toSet());
        for (var route : client.operations().keySet()) {
            if (resources.contains(resource(route)) && !OWN.containsKey(route)) gaps.add(stem(route));
        }
        expect("""
                # credit notes, wallets, coupons, payments and their portal: not built
                /customers/{}/applied_coupons
                /customers/{}/checkout_url
                /customers/{}/credit_notes
                /customers/{}/payment_methods
                /customers/{}/payment_requests
                /customers/{}/payments
                /customers/{}/portal_url
                /customers/{}/wallets
                /invoices/{}/lose_dispute
                /invoices/{}/payment_url
                /invoices/{}/retry_payment
                # events are taken by another service
                /events/batch
                POST /events
                # nothing is estimated ahead: current usage alone is priced
                /customers/{}/projected_usage
                /events/batch_estimate_instant_fees
                /events/estimate_fees
                /events/estimate_instant_fees
                /invoices/preview
                /subscriptions/{}/lifetime_usage
                # an invoice is issued finalized, and stays as it is
                /invoices/{}/download
                /invoices/{}/finalize
                /invoices/{}/refresh
                /invoices/{}/retry
                /invoices/{}/void
                DELETE /fees/{}
                DELETE /invoices/{}
                POST /invoices
                PUT /fees/{}
                PUT /invoices/{}
                # entitlements, alerts, fixed charges and metadata of plans: not built
                /plans/{}/entitlements
                /plans/{}/fixed_charges
                /plans/{}/metadata
                /subscriptions/{}/alerts
                /subscriptions/{}/entitlements
                /subscriptions/{}/fixed_charges
                # overridden with the subscription as a whole
                /subscriptions/{}/charges
                """);
    }

    /// Of a route that we lack, as much as none of ours begins with, such as `/customers/{}/wallets`.
    private static String stem(String route) {
        var stem = new StringBuilder();
        for (var step : route.substring(route.indexOf('/') + 1).split("/")) {
            stem.append('/').append(step);
            if (OWN.keySet().stream().noneMatch(own -> (own + "/").contains(" " + stem + "/"))) return stem.toString();
        }
        return route;
    }

    @Test
    void routesThatTheClientDoesNotKnowAreOurOwn() {
        for (var route : OWN.keySet()) {
            if (!client.operations().containsKey(route) && !OWN_RESOURCES.contains(resource(route))) gaps.add(route);
        }
        expect("""
                # what became of an event
                GET /events/{}/trace
                """);
    }

    @Test
    void parameters() {
        eachRoute((route, own, theirs) -> {
            var read = own.path("parameters").findValuesAsText("name");
            var missing = theirs.parameters().stream()
                    .filter(parameter -> !isRead(parameter, read))
                    .sorted()
                    .collect(Collectors.joining(", "));
            if (!missing.isEmpty()) gaps.add(route + ": " + missing);
        });
        expect("""
                # usage is shown by its groups alone
                GET /customers/{}/current_usage: filter_by_presentation
                # invoices are not paid, disputed, ordered or billed by oneself here, and have no metadata
                GET /customers/{}/invoices: metadata[key], payment_dispute_lost, payment_overdue, purchase_order_number, self_billed
                GET /invoices: metadata[key], partially_paid, payment_dispute_lost, payment_overdue, purchase_order_number, self_billed, settlements[]
                # fees are looked for by their customer alone
                GET /fees: billable_metric_code, created_at_from, created_at_to, currency, event_transaction_id, external_subscription_id, failed_at_from, failed_at_to, fee_type, payment_status, refunded_at_from, refunded_at_to, succeeded_at_from, succeeded_at_to
                """);
    }

    /// A list may be given with brackets or without, and an object is given by its keys.
    private static boolean isRead(String parameter, List<String> read) {
        var name = parameter.replaceAll("\\[.*", "");
        return read.contains(name) || read.contains(name + "[]");
    }

    @Test
    void bodies() {
        eachRoute((route, own, theirs) -> theirs.body().ifPresent(type -> {
            var content = own.path("requestBody").path("content");
            accept(route, content.path("application/json").path("schema"), type);
        }));
        expect("""
                # fixed charges and metadata of plans: not built
                POST /plans.plan.bill_fixed_charges_monthly
                POST /plans.plan.metadata
                PUT /plans/{}.plan.bill_fixed_charges_monthly
                PUT /plans/{}.plan.metadata
                POST /subscriptions.subscription.plan_overrides.metadata
                PUT /subscriptions/{}.subscription.plan_overrides.metadata
                # a charge is known by its code and metric
                PUT /plans/{}.plan.charges[].id
                # overridden plans never follow
                POST /plans/{}/charges.charge.cascade_updates
                POST /plans/{}/charges/{}/filters.filter.cascade_updates
                PUT /plans/{}/charges/{}.charge.cascade_updates
                PUT /plans/{}/charges/{}/filters/{}.filter.cascade_updates
                # billing entities, payments and progressive billing: not built
                POST /subscriptions.authorization
                POST /subscriptions.subscription.billing_entity_code
                POST /subscriptions.subscription.progressive_billing_disabled
                PUT /subscriptions/{}.subscription.billing_entity_code
                PUT /subscriptions/{}.subscription.progressive_billing_disabled
                # follows from the organization's id
                PUT /organizations.organization.slug
                """);
    }

    private void accept(String at, JsonNode schema, Type sent) {
        if (sent.items() != null) accept(at + "[]", schema.path("items"), sent.items());
        if (!schema.has("properties")) return;
        sent.fields().forEach((name, field) -> {
            var own = schema.path("properties").path(name);
            if (own.isMissingNode()) gaps.add(at + "." + name);
            else if (!isRefused(own)) accept(at + "." + name, own, field.type());
        });
    }

    private static boolean isRefused(JsonNode schema) {
        return schema.path("description").asText().startsWith("not available");
    }

    @Test
    void answers() {
        eachRoute((route, own, theirs) -> {
            var content = own.path("responses").path("200").path("content");
            if (content.has("application/json"))
                compare("", content.path("application/json").path("schema"), theirs.answer());
        });
        expect("""
                # an object, as in the client's own example
                ApiLog.request_body: object, not string
                ApiLog.request_response: object, not null or string
                # payments, credit notes, wallets, custom sections and pages of invoices: not built
                BillingConfiguration.provider_customer_id
                BillingConfiguration.provider_payment_methods
                BillingConfiguration.sync
                BillingConfiguration.sync_with_provider
                Fee.lago_original_fee_id
                Invoice.applied_invoice_custom_sections
                Invoice.prepaid_granted_credit_amount_cents
                Invoice.prepaid_purchased_credit_amount_cents
                Invoice.purchase_order_number
                Invoice.total_offsetted_credit_note_amount_cents
                Invoice.web_url
                Subscription.activated_at
                Subscription.activation_rules
                Subscription.applied_invoice_custom_sections
                Subscription.cancellation_reason
                Subscription.consolidate_invoice
                Subscription.payment_method
                Subscription.purchase_order_number
                # billing entities: not built
                Subscription.billing_entity_code
                Tax.applied_to_billing_entities_codes
                # pricing units, fixed charges, entitlements, thresholds and metadata of plans: not built
                Charge.applied_pricing_unit
                Plan.bill_fixed_charges_monthly
                Plan.entitlements
                Plan.fixed_charges
                Plan.metadata
                Plan.usage_thresholds
                Subscription.applicable_usage_thresholds
                # usage is shown by its groups alone
                ChargeUsage.presentation_breakdowns
                Fee.presentation_breakdowns
                FilterUsage.presentation_breakdowns
                GroupUsage.presentation_breakdowns
                # an overridden charge keeps its id
                Charge.lago_parent_id
                # a commitment has no history of its own
                Commitment.updated_at
                # null by the contract's own examples, where there is none
                Charge.regroup_paid_fees: null, not string
                FilterUsage.values: null, not object
                Subscription.on_termination_credit_note: null, not string
                # never null, but read from what is stored as JSON
                Metadata.created_at: null, not string
                Metadata.key: null, not string
                Metadata.lago_id: null, not string
                Metadata.value: null, not string
                """);
    }

    private interface Visitor {
        void visit(String route, JsonNode own, Operation theirs);
    }

    private static void eachRoute(Visitor visitor) {
        OWN.forEach((route, own) -> {
            var theirs = client.operations().get(route);
            if (theirs != null) visitor.visit(route, own, theirs);
        });
    }

    /// Such as `plans` of `GET /plans/{}`.
    private static String resource(String route) {
        return route.split("/")[1];
    }

    /// @param table the gaps, in any order, below their reasons
    private void expect(String table) {
        var lines = table.lines().filter(line -> !line.startsWith("#")).sorted().collect(Collectors.joining("\n"));
        assertThat(String.join("\n", gaps)).isEqualTo(lines);
    }

    /// @param at such as `Plan.charges`
    private void compare(String at, JsonNode given, Type expected) {
        var schema = given;
        var name = at;
        if (given.has("anyOf")) schema = given.path("anyOf").get(0);
        if (schema.has("$ref")) {
            name = schema.path("$ref").asText().replaceAll(".*/", "");
            schema = document.path("components").path("schemas").path(name);
            if (!seen.add(name + " " + expected.fields().keySet())) return;
        }
        var ours = kinds(schema);
        if (given.has("anyOf")) ours.add("null");
        if (ours.contains("any") || expected.kinds().contains("any")) return;
        for (var kind : ours) {
            if (!expected.kinds().contains(kind))
                gaps.add("%s: %s, not %s".formatted(at, kind, String.join(" or ", new TreeSet<>(expected.kinds()))));
        }
        if (expected.items() != null && schema.has("items"))
            compare(name + "[]", schema.path("items"), expected.items());
        if (!schema.has("properties")) return;
        for (var field : expected.fields().entrySet()) {
            var own = schema.path("properties").path(field.getKey());
            var where = name.isEmpty() ? field.getKey() : name + "." + field.getKey();
            var type = field.getValue().type();
            if (field.getValue().isOptional()) type = type.with(Type.of("null"));
            if (!own.isMissingNode()) compare(where, own, type);
            else gaps.add(where);
        }
    }

    private static Set<String> kinds(JsonNode schema) {
        var kinds = new LinkedHashSet<String>();
        var type = schema.path("type");
        if (type.isArray()) type.forEach(each -> kinds.add(kind(each.asText())));
        else kinds.add(type.isMissingNode() ? "any" : kind(type.asText()));
        return kinds;
    }

    private static String kind(String type) {
        return type.equals("integer") ? "number" : type;
    }
}
