package io.millrace.invoicer.organization;

import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.contract.ControlPlane;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.limit.TokenBuckets;
import io.millrace.limit.TokenBuckets.Taken;
import java.util.Optional;

/// Lets no key ask more often than the installation allows. Current usage, which costs most, is counted apart, as the
/// contract does. Each instance counts for itself.
@ServerFilter("/api/v1/**")
@Order(BearerKeyFilter.ORDER + 2)
final class RateLimitFilter {
    private static final String TAKEN = "millrace.rate_limit";
    private static final String USAGE = "/current_usage";

    private final Optional<TokenBuckets> requests;
    private final Optional<TokenBuckets> usageRequests;

    RateLimitFilter(InvoicerSettings settings) {
        this.requests = buckets(settings.requestsPerSecond());
        this.usageRequests = buckets(settings.usageRequestsPerSecond());
    }

    @RequestFilter
    void count(HttpRequest<?> request) {
        if (!ControlPlane.serves(request)) return;
        var caller = request.getAttribute(BearerKeyFilter.CALLER, Caller.class);
        var buckets = request.getPath().endsWith(USAGE) ? usageRequests : requests;
        if (caller.isEmpty() || buckets.isEmpty()) return;
        var taken = buckets.get().take(caller.get().apiKeyId().toString());
        // A filter that refuses does not see the answer.
        if (!taken.isAllowed()) throw new Refusal.TooOften(taken.headers());
        request.setAttribute(TAKEN, taken);
    }

    @ResponseFilter
    void tell(HttpRequest<?> request, MutableHttpResponse<?> response) {
        request.getAttribute(TAKEN, Taken.class)
                .ifPresent(taken -> taken.headers().forEach(response::header));
    }

    private static Optional<TokenBuckets> buckets(int perSecond) {
        return perSecond == 0 ? Optional.empty() : Optional.of(new TokenBuckets(perSecond, System::nanoTime));
    }
}
