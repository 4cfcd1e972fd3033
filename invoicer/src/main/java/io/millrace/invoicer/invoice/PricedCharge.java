package io.millrace.invoicer.invoice;

import io.millrace.invoicer.catalog.BillableMetric;
import io.millrace.invoicer.catalog.BillableMetricRevision;
import io.millrace.invoicer.catalog.Charge;
import io.millrace.invoicer.catalog.ChargeFilter;
import io.millrace.invoicer.usage.ChargeUsage;
import io.millrace.invoicer.usage.ChargeUsage.Needs;
import io.millrace.invoicer.usage.Measured;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.aggregation.Latest;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.MetricRounding;
import io.millrace.rating.aggregation.ProratedSum;
import io.millrace.rating.aggregation.ProratedUniqueCount;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.Price;
import io.millrace.rating.charge.Usage;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A charge with the metric that it prices, both as they are in force at the end of a period.
record PricedCharge(Charge charge, BillableMetric metric, BillableMetricRevision terms) {

    /// Of no period in particular: what is measured does not depend on it.
    private static final BillingPeriod ANY =
            new BillingPeriod(LocalDate.EPOCH, LocalDate.EPOCH.plusDays(1), ZoneOffset.UTC);

    /// How its usage is asked for.
    ChargeUsage usage() {
        var aggregation = aggregation(ANY.span(), ANY);
        var needs = isPricedByEvent(aggregation)
                ? Needs.EVENTS
                : switch (aggregation) {
                    case WeightedSum _ -> Needs.TIME_HELD;
                    case ProratedSum _ -> Needs.DAYS_HELD;
                    case ProratedUniqueCount _ -> Needs.DAYS_OF_TEXTS;
                    case Count _, Sum _, Max _, Latest _, UniqueCount _ -> Needs.TOTALS;
                };
        return new ChargeUsage(needs, terms.recurring(), aggregation.countsTexts());
    }

    /// The events of a count are one unit each, and so are the texts of a unique count: their number is enough for a
    /// percentage.
    private boolean isPricedByEvent(Aggregation aggregation) {
        return switch (aggregation) {
            case ProratedSum _, ProratedUniqueCount _ -> charge.chargeModel().equals("graduated");
            case Sum _ -> models().anyMatch(ChargeModel::needsValues);
            case Count _, Max _, Latest _, UniqueCount _, WeightedSum _ -> false;
        };
    }

    private Stream<ChargeModel> models() {
        return Stream.concat(
                        Stream.of(charge.properties()),
                        charge.filters().stream().map(ChargeFilter::properties))
                .map(this::model);
    }

    private ChargeModel model(Map<String, Object> properties) {
        return ChargeModel.parse(charge.chargeModel(), properties);
    }

    /// What usage of the charge or of one of its filters costs.
    ///
    /// @param filter null for the charge's default price; a filter is priced by its own properties, in the charge's
    /// model
    /// @param measured null without usage
    /// @param period that is billed
    /// @param whole the billing period that it is a part of, or all of
    Price price(
            @Nullable ChargeFilter filter,
            @Nullable Measured measured,
            TimeSpan period,
            BillingPeriod whole,
            CurrencyUnit currency) {
        var model = model(filter == null ? charge.properties() : filter.properties());
        if (measured == null) return model.price(Usage.NONE);
        var aggregation = aggregation(period, whole);
        var rounding = MetricRounding.of(terms.roundingFunction(), terms.roundingPrecision());
        var full = rounding.apply(measured.fullUnits(aggregation));
        var units = isProrated(aggregation)
                ? rounding.orElse(MetricRounding.PRORATED).apply(measured.units(aggregation))
                : full;
        return model.price(usage(model, aggregation, measured)
                .withUnits(units, full)
                .withPreciseTotalAmount(currency.amount(measured.preciseTotalAmountCents())));
    }

    private static Usage usage(ChargeModel model, Aggregation aggregation, Measured measured) {
        if (measured instanceof Measured.Events events && isProrated(aggregation)) {
            return Usage.ofProrated(aggregation, events.inOrder());
        }
        var units = measured.fullUnits(aggregation);
        var usage = Usage.of(units, measured.events());
        return model.needsValues() ? usage.withValues(values(aggregation, measured, units)) : usage;
    }

    /// Each event's units in order of time.
    private static List<BigDecimal> values(Aggregation aggregation, Measured measured, BigDecimal units) {
        return switch (aggregation) {
            case Count _, UniqueCount _ -> Collections.nCopies(units.intValueExact(), BigDecimal.ONE);
            case Sum _
            when measured instanceof Measured.Events events ->
                events.inOrder().stream().map(UsageEvent::quantity).toList();
            case Sum _, Max _, Latest _, WeightedSum _, ProratedSum _, ProratedUniqueCount _ ->
                throw new IllegalStateException("no events were asked for as " + aggregation);
        };
    }

    private Aggregation aggregation(TimeSpan period, BillingPeriod whole) {
        var type = terms.aggregationType();
        var aggregation = Aggregation.parse(type, period, Duration.between(whole.from(), whole.to()))
                .orElseThrow(() -> new IllegalStateException("unknown aggregation " + type));
        if (!charge.prorated()) return aggregation;
        // A metric that has become one of another kind since has nothing to prorate.
        return aggregation
                .prorated(HeldDays.of(period, whole.days(), whole.zone(), false))
                .orElse(aggregation);
    }

    private static boolean isProrated(Aggregation aggregation) {
        return aggregation instanceof ProratedSum || aggregation instanceof ProratedUniqueCount;
    }
}
