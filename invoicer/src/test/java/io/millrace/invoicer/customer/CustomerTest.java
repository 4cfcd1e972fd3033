package io.millrace.invoicer.customer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Customers, and what they follow of their organization.
@ExtendWith(MillraceStack.class)
class CustomerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static RunningInvoicer invoicer;
    private static ApiClient api;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(stack, Map.of("MILLRACE_BILLING_INTERVAL_MS", "100"));
        api = invoicer.api();
        api.create("/plans", """
                {"plan": {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR"}}""");
        for (var customer : List.of(
                "'external_id': 'f1', 'name': 'Fromage 100%', 'country': 'fr', 'currency': 'EUR', 'zipcode': '75001'",
                "'external_id': 'f2', 'legal_name': 'La Fromagerie', 'country': 'FR', 'state': 'Paris', 'metadata': [{'key': 'tier', 'value': 'gold'}]",
                "'external_id': 'u1', 'name': 'Cheese_', 'email': 'bill@cheese.test', 'country': 'US', 'customer_type': 'company', 'tax_identification_number': 'US1'")) {
            api.create("/customers", "{\"customer\": {%s}}".formatted(customer.replace('\'', '"')));
        }
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void whatIsKnownOfACustomerIsKeptUntilItIsChanged() {
        api.create("/customers", """
                {"customer": {"external_id": "full", "name": "Full", "firstname": "Ada", "email": "a@b.test, c@d.test", "country": "us",
                 "address_line1": "1 Main St", "net_payment_term": 30, "currency": "USD", "timezone": "America/New_York",
                 "shipping_address": {"city": "Lyon", "country": "FR"}, "billing_configuration": {"document_locale": "pt-BR",
                 "subscription_invoice_issuing_date_anchor": "next_period_start", "invoice_grace_period": 0, "sync": false},
                 "finalize_zero_amount_invoice": "inherit", "account_type": "customer", "external_salesforce_id": "sf1",
                 "metadata": [{"key": "po", "value": "1", "display_in_invoice": true}, {"key": "team", "value": "x"}]}}""");
        var made = api.get("/customers/full");
        var po = made.text("customer.metadata.0.lago_id");
        api.create("/customers", """
                {"customer": {"external_id": "full", "shipping_address": {"country": null}, "address_line1": null, "email": null,
                 "metadata": [{"id": "%s", "key": "order", "value": "2"}, {"key": "new", "value": "y"}]}}""".formatted(po));
        var changed = api.get("/customers/full");
        for (var same :
                List.of("name", "firstname", "country", "net_payment_term", "currency", "timezone", "created_at")) {
            assertThat(changed.at("customer." + same)).as(same).isEqualTo(made.at("customer." + same));
        }
        assertThat(made.text("customer.country")).isEqualTo("US");
        assertThat(made.text("customer.email")).isEqualTo("a@b.test, c@d.test");
        assertThat(made.text("customer.billing_configuration.document_locale")).isEqualTo("pt-BR");
        assertThat(changed.at("customer.email")).isNull();
        assertThat(changed.at("customer.address_line1")).isNull();
        assertThat(changed.text("customer.shipping_address.city")).isEqualTo("Lyon");
        assertThat(changed.at("customer.shipping_address.country")).isNull();
        assertThat(changed.text("customer.metadata.0.lago_id")).isEqualTo(po);
        assertThat(changed.text("customer.metadata.0.key")).isEqualTo("order");
        assertThat(changed.text("customer.metadata.1.key")).isEqualTo("new");
        assertThat(changed.at("customer.metadata.2")).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"external_id": "x", "country": "XX", "email": "a@b", "currency": "EURO", "timezone": "Mars/Base"} | currency=[value_is_invalid], timezone=[invalid_timezone], email=[invalid_email_format], country=[country_code_invalid]
        {"email": "a@b.test,"}                                                                  | external_id=[value_is_mandatory], email=[invalid_email_format]
        {"external_id": "x", "net_payment_term": -1, "name": 7, "city": 8, "phone": [1]}         | net_payment_term=[value_is_out_of_range], name=[invalid_format], city=[invalid_format], phone=[invalid_format]
        {"external_id": "x", "shipping_address": {"country": "ZZ"}, "metadata": [{"key": "a-key-longer-than-twenty", "value": ""}]} | shipping_address.country=[country_code_invalid], metadata[0].key=[value_is_too_long], metadata[0].value=[value_is_mandatory]
        {"external_id": "x", "metadata": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]} | metadata[1].key=[value_already_exist]
        {"external_id": "x", "metadata": [{"id": "00000000-0000-4000-8000-000000000000", "key": "a", "value": "1"}]} | metadata[0].id=[value_is_invalid]
        {"external_id": "x", "metadata": [{"key": "1", "value": "1"}, {"key": "2", "value": "1"}, {"key": "3", "value": "1"}, {"key": "4", "value": "1"}, {"key": "5", "value": "1"}, {"key": "6", "value": "1"}]} | metadata=[invalid_count]
        {"external_id": "x", "billing_configuration": {"invoice_grace_period": 3, "payment_provider": "stripe", "sync_with_provider": true, "document_locale": "klingon"}} | billing_configuration.invoice_grace_period=[feature_unavailable], billing_configuration.payment_provider=[feature_unavailable], billing_configuration.sync_with_provider=[feature_unavailable], billing_configuration.document_locale=[language_code_invalid]
        {"external_id": "x", "billing_configuration": {"subscription_invoice_issuing_date_anchor": "current_period_end", "subscription_invoice_issuing_date_adjustment": "none"}} | billing_configuration.subscription_invoice_issuing_date_anchor=[feature_unavailable], billing_configuration.subscription_invoice_issuing_date_adjustment=[value_is_invalid]
        {"external_id": "x", "billing_entity_code": "b", "account_type": "partner", "finalize_zero_amount_invoice": "skip", "customer_type": "dog"} | billing_entity_code=[feature_unavailable], account_type=[feature_unavailable], finalize_zero_amount_invoice=[feature_unavailable], customer_type=[value_is_invalid]
        """)
    void everyViolationIsAnsweredAtOnce(String customer, String details) {
        var answer = api.post("/customers", "{\"customer\": %s}".formatted(customer));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.text("error_details")).isEqualTo("{" + details + "}");
        assertThat(api.get("/customers/x").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        external_id=f1                                      | f1
        search_term=FROMAGE                                 | f2 f1
        search_term=100%25                                  | f1
        search_term=%25                                     | f1
        search_term=_                                       | u1
        search_term=bill@cheese                             | u1
        countries[]=FR&countries[]=DE                       | f2 f1
        countries[]=fr&states[]=Paris                       | f2
        zipcodes[]=75001                                    | f1
        currencies[]=EUR                                    | f1
        has_tax_identification_number=true                  | u1
        has_customer_type=true                              | u1
        customer_type=individual                            |
        metadata[tier]=gold                                 | f2
        metadata[tier]=silver                               |
        metadata[tier]=&countries[]=FR                      | f1
        account_type[]=partner                              |
        billing_entity_codes[]=other                        |
        countries[]=FR&per_page=1&page=2                    | f1
        """)
    void aListIsOfTheCustomersThatFit(String filters, String expected) {
        var answer = api.get("/customers?" + filters.replace("[", "%5B").replace("]", "%5D"));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        var found = ((List<?>) answer.at("customers"))
                .stream()
                        .map(each -> String.valueOf(((Map<?, ?>) each).get("external_id")))
                        .toList();
        assertThat(String.join(" ", found)).isEqualTo(expected == null ? "" : expected);
    }

    @Test
    void aDeletedCustomerIsNotFoundAndItsSubscriptionsEndAndAreBilled() {
        var clock = api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-10\"}}")
                .text("test_clock.lago_id");
        api.create("/customers", """
                {"customer": {"external_id": "gone", "test_clock_id": "%s"}}""".formatted(clock));
        subscribe("gone", "gone_active", "2026-03-01");
        subscribe("gone", "gone_later", "2026-05-01");
        assertThat(api.get("/customers/gone/subscriptions?status%5B%5D=active&status%5B%5D=pending")
                        .text("meta.total_count"))
                .isEqualTo("2");

        var deleted = api.delete("/customers/gone");
        assertThat(deleted.status()).isEqualTo(200);
        assertThat(deleted.text("customer.external_id")).isEqualTo("gone");
        for (var path :
                List.of("", "/subscriptions", "/invoices", "/current_usage?external_subscription_id=gone_active")) {
            assertThat(api.get("/customers/gone" + path).status()).as(path).isEqualTo(404);
        }
        assertThat(api.delete("/customers/gone").text("code")).isEqualTo("customer_not_found");
        assertThat(api.get("/customers?external_id=gone").text("meta.total_count"))
                .isEqualTo("0");
        assertThat(api.get("/subscriptions/gone_active?status=terminated").text("subscription.terminated_at"))
                .isEqualTo("2026-03-10T00:00:00Z");
        assertThat(api.get("/subscriptions/gone_later?status=canceled").status())
                .isEqualTo(200);
        await().atMost(PATIENCE)
                .until(() -> api.get("/invoices?search_term=gone")
                        .text("meta.total_count")
                        .equals("1"));
        assertThat(api.get("/invoices?search_term=gone").text("invoices.0.total_amount_cents"))
                .as("10 of 31 days")
                .isEqualTo("1000");

        var anew = api.create("/customers", "{\"customer\": {\"external_id\": \"gone\"}}");
        assertThat(anew.text("customer.lago_id")).isNotEqualTo(deleted.text("customer.lago_id"));
        assertThat(api.get("/customers/gone/invoices").text("meta.total_count")).isEqualTo("0");
    }

    @Test
    void customersFollowTheSettingsOfTheirOrganization(EmbeddedStack stack) throws SQLException {
        try (var seller = RunningInvoicer.start(stack, Map.of("MILLRACE_BILLING_INTERVAL_MS", "100"))) {
            var theirs = seller.api();
            var clock = theirs.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-10\"}}")
                    .text("test_clock.lago_id");
            theirs.create("/plans", """
                    {"plan": {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR"}}""");
            theirs.create("/customers", """
                    {"customer": {"external_id": "follows", "test_clock_id": "%s"}}""".formatted(clock));
            theirs.create("/customers", """
                    {"customer": {"external_id": "own", "timezone": "UTC", "net_payment_term": 7, "test_clock_id": "%s"}}""".formatted(clock));
            for (var name : List.of("follows", "own")) {
                theirs.create("/subscriptions", """
                        {"subscription": {"external_customer_id": "%s", "plan_code": "pro", "external_id": "%s", "subscription_at": "2026-03-01"}}""".formatted(name, name));
            }
            assertThat(versions(stack, seller)).containsOnly(Map.entry("follows", 1L), Map.entry("own", 1L));

            var set = theirs.put("/organizations", """
                    {"organization": {"name": "Seller", "timezone": "Asia/Tokyo", "net_payment_term": 30, "default_currency": "JPY",
                     "email": "billing@seller.test", "country": "JP", "city": "Tokyo", "legal_name": "Seller KK", "webhook_url": "http://localhost:1/hook",
                     "document_numbering": "per_customer", "finalize_zero_amount_invoice": true, "email_settings": [],
                     "billing_configuration": {"document_locale": "ja", "invoice_grace_period": 0}}}""");
            assertThat(set.status()).as(set.body()).isEqualTo(200);
            assertThat(theirs.get("/organizations").body()).isEqualTo(set.body());
            assertThat(set.text("organization.webhook_urls")).isEqualTo("[http://localhost:1/hook]");
            assertThat(set.text("organization.billing_configuration.document_locale"))
                    .isEqualTo("ja");
            assertThat(theirs.put("/organizations", "{\"organization\": {\"state\": \"Kanto\"}}")
                            .text("organization.timezone"))
                    .as("what is not named stays")
                    .isEqualTo("Asia/Tokyo");
            theirs.create("/customers", "{\"customer\": {\"external_id\": \"later\"}}");
            assertThat(theirs.get("/customers/later").text("customer.applicable_timezone"))
                    .isEqualTo("Asia/Tokyo");
            assertThat(theirs.get("/customers/own").text("customer.applicable_timezone"))
                    .isEqualTo("UTC");
            assertThat(versions(stack, seller))
                    .as("told to the streams")
                    .containsOnly(Map.entry("follows", 2L), Map.entry("own", 1L));

            theirs.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"2026-04-02\"}}");
            await().atMost(PATIENCE)
                    .until(() ->
                            theirs.get("/invoices").text("meta.total_count").equals("2"));
            var follows = theirs.get("/customers/follows/invoices");
            assertThat(follows.text("invoices.0.payment_due_date")).isEqualTo("2026-05-01");
            assertThat(follows.text("invoices.0.net_payment_term")).isEqualTo("30");
            var invoice = theirs.get("/invoices/" + follows.text("invoices.0.lago_id"));
            assertThat(invoice.text("invoice.fees.0.amount_cents"))
                    .as("March ends with March in Tokyo")
                    .isEqualTo("3100");
            assertThat(invoice.text("invoice.billing_periods.0.charges_to_datetime"))
                    .isEqualTo("2026-03-31T14:59:59Z");
            assertThat(theirs.get("/customers/own/invoices").text("invoices.0.net_payment_term"))
                    .isEqualTo("7");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"timezone": "Nowhere", "default_currency": "XXY", "country": "QQ", "email": "no", "net_payment_term": 9999} | default_currency=[value_is_invalid], timezone=[invalid_timezone], net_payment_term=[value_is_out_of_range], country=[country_code_invalid], email=[invalid_email_format]
        {"document_numbering": "per_organization", "document_number_prefix": "ACME", "finalize_zero_amount_invoice": false, "email_settings": ["invoice.finalized"]} | email_settings=[feature_unavailable], document_numbering=[feature_unavailable], document_number_prefix=[feature_unavailable], finalize_zero_amount_invoice=[feature_unavailable]
        {"webhook_url": "ftp://x", "billing_configuration": {"invoice_footer": "Thanks", "invoice_grace_period": 2}} | billing_configuration.invoice_footer=[feature_unavailable], billing_configuration.invoice_grace_period=[feature_unavailable], webhook_url=[url_invalid]
        {"name": " ", "webhook_url": null}              | name=[value_is_mandatory], webhook_url=[value_is_mandatory]
        """)
    void aSettingThatNoInvoiceWouldFollowIsRefused(String organization, String details) {
        var before = api.get("/organizations").body();
        var answer = api.put("/organizations", "{\"organization\": %s}".formatted(organization));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.text("error_details")).isEqualTo("{" + details + "}");
        assertThat(api.get("/organizations").body()).isEqualTo(before);
    }

    private static void subscribe(String customer, String externalId, String at) {
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "%s", "plan_code": "pro", "external_id": "%s", "subscription_at": "%s"}}""".formatted(customer, externalId, at));
    }

    /// Of the configuration of each subscription.
    private static Map<String, Long> versions(EmbeddedStack stack, RunningInvoicer invoicer) throws SQLException {
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var row = connection.createStatement().executeQuery("""
                        select split_part(key, '/', 2), version from outbox
                        where topic = 'config_subscriptions' and organization_id = '%s'""".formatted(invoicer.organization()))) {
            var versions = new HashMap<String, Long>();
            while (row.next()) versions.put(row.getString(1), row.getLong(2));
            return versions;
        }
    }
}
