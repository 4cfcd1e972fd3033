package io.millrace.invoicer.webhook;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/// What an endpoint may ask to hear, by the contract; not all of it happens here.
final class WebhookTypes {
    static final String ALL = "*";

    private static final Set<String> TYPES = Arrays.stream("""
            alert: triggered
            billable_metric: created deleted updated
            credit_note: created generated provider_refund_failure refund_failure
            customer: accounting_provider_created accounting_provider_error checkout_url_generated created
            customer: crm_provider_created crm_provider_error payment_provider_created payment_provider_error
            customer: tax_provider_error updated vies_check
            dunning_campaign: finished
            event: error
            events: errors
            feature: created deleted updated
            fee: created tax_provider_error
            integration: provider_error
            invoice: add_on_added created deleted drafted generated one_off_created paid_credit_added
            invoice: payment_dispute_lost payment_failure payment_overdue payment_status_updated
            invoice: ready_to_finalize resynced voided
            order: created executed
            order_form: created expired signed voided
            payment: requires_action succeeded
            payment_provider: error
            payment_receipt: created generated
            payment_request: created payment_failure payment_status_updated
            plan: created deleted updated
            quote: approved created voided
            subscription: canceled incomplete started terminated termination_alert trial_ended updated
            subscription: usage_threshold_reached
            wallet: created depleted_ongoing_balance terminated updated
            wallet_transaction: created payment_failure updated""".split("\n"))
            .map(line -> line.split(":? "))
            .flatMap(words -> Arrays.stream(words).skip(1).map(event -> words[0] + "." + event))
            .collect(Collectors.toUnmodifiableSet());

    private WebhookTypes() {}

    static boolean areKnown(Iterable<String> types) {
        for (var type : types) if (!type.equals(ALL) && !TYPES.contains(type)) return false;
        return true;
    }
}
