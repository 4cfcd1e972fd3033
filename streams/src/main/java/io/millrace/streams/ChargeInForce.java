package io.millrace.streams;

import io.millrace.config.Charge;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.filter.ChargeFilter;
import io.millrace.rating.filter.ChargeFilters;
import io.millrace.rating.filter.PricingGroupKeys;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A charge of a plan as it holds at a time, compiled: which price an event gets, and in which group.
public final class ChargeInForce {
    private final String chargeId;
    private final String metricCode;
    private final String model;
    private final boolean payInAdvance;
    private final boolean prorated;
    private final boolean acceptsTargetWallet;
    private final List<ChargeFilter> filters;
    private final PriceProperties standing;
    private final Map<String, PriceProperties> byFilter;
    private volatile @Nullable Resolved resolved;

    private ChargeInForce(Charge charge) {
        this.chargeId = charge.getChargeId();
        this.metricCode = charge.getBillableMetricCode();
        this.model = charge.getChargeModel();
        this.payInAdvance = charge.getPayInAdvance();
        this.prorated = charge.getProrated();
        this.acceptsTargetWallet = charge.getAcceptsTargetWallet();
        this.filters = charge.getFilters().stream()
                .map(filter -> new ChargeFilter(filter.getChargeFilterId(), filter.getCreatedAt(), filter.getValues()))
                .toList();
        this.standing = PriceProperties.parse(charge.getProperties());
        this.byFilter = new HashMap<>();
        for (var filter : charge.getFilters()) {
            byFilter.put(filter.getChargeFilterId(), PriceProperties.parse(filter.getProperties()));
        }
    }

    static ChargeInForce of(Charge charge) {
        return new ChargeInForce(charge);
    }

    /// Where an event of a metric is counted.
    ///
    /// @param metric the metric as of the event's time: it declares what a wildcard means
    @SuppressWarnings("ReferenceEquality") // the same object as long as the metric's stored value is the same
    public Buckets buckets(MetricInForce metric) {
        var known = resolved;
        if (known == null || known.declaredValues() != metric.declaredValues()) {
            known = new Resolved(metric.declaredValues(), compile(metric.declaredValues()));
            resolved = known;
        }
        return known.buckets();
    }

    /// The price of one bucket of this charge.
    ///
    /// @param chargeFilterId null is the charge's default price
    /// @throws InvalidCharge if the model or its properties cannot be used
    /// @throws IllegalArgumentException if the charge has no such filter
    public ChargeModel price(@Nullable String chargeFilterId) {
        return (chargeFilterId == null ? standing : properties(chargeFilterId)).price(model);
    }

    public String chargeId() {
        return chargeId;
    }

    /// Code of the metric that the charge prices.
    public String metricCode() {
        return metricCode;
    }

    /// True when each event is charged as it comes.
    public boolean isPaidInAdvance() {
        return payInAdvance;
    }

    /// True when units are prorated to the days that they are held.
    public boolean isProrated() {
        return prorated;
    }

    /// True when an event may name the wallet that pays for it.
    public boolean acceptsTargetWallet() {
        return acceptsTargetWallet;
    }

    private PriceProperties properties(String chargeFilterId) {
        var properties = byFilter.get(chargeFilterId);
        if (properties == null) {
            throw new IllegalArgumentException("charge %s has no filter %s".formatted(chargeId, chargeFilterId));
        }
        return properties;
    }

    private Buckets compile(Map<String, List<String>> declaredValues) {
        var groups = new HashMap<String, PricingGroupKeys>();
        byFilter.forEach((filter, properties) -> groups.put(filter, properties.groups()));
        return new Buckets(ChargeFilters.compile(declaredValues, filters), standing.groups(), groups);
    }

    /// Compiled for the metric's declared values, which change independently of the plan, but hardly ever.
    private record Resolved(Map<String, List<String>> declaredValues, Buckets buckets) {}
}
