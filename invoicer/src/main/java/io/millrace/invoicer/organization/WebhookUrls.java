package io.millrace.invoicer.organization;

import io.millrace.invoicer.contract.Fields;
import java.util.List;
import java.util.UUID;

/// The addresses of an organization's webhook endpoints, as its settings show them.
public interface WebhookUrls {
    /// The newest first.
    List<String> of(UUID organization);

    /// Notes what is wrong with a request's `webhook_url`.
    void check(UUID organization, Fields fields);

    /// Gives the newest endpoint this address, or makes one.
    ///
    /// @param url as checked
    void set(UUID organization, String url);
}
