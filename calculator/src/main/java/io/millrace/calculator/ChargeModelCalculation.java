package io.millrace.calculator;

import io.millrace.rating.charge.AmountDetails;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.Dynamic;
import io.millrace.rating.charge.FixedChargeTerms;
import io.millrace.rating.charge.Graduated;
import io.millrace.rating.charge.GraduatedPercentage;
import io.millrace.rating.charge.InstantEstimate;
import io.millrace.rating.charge.InvalidCharge;
import io.millrace.rating.charge.Packages;
import io.millrace.rating.charge.Percentage;
import io.millrace.rating.charge.Price;
import io.millrace.rating.charge.Usage;
import io.millrace.rating.charge.Usage.EventUnits;
import io.millrace.rating.charge.Volume;
import io.millrace.rating.money.CurrencyUnit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a usage costs under a charge model.
///
/// ```
/// units, events ─▶ usage ──▶ price ─▶ amount, unit_amount, …
/// groups ────────▶ usages ─▶ a price each, and their sum
/// ```
///
/// A prorated graduated usage is that of its events; elsewhere `units` counts, and where it is missing the sum
/// of the events. Without events, units are taken for those of one event.
final class ChargeModelCalculation {

    private final Input input;
    private final ChargeModel model;
    private final CurrencyUnit currency;

    private ChargeModelCalculation(Input input, ChargeModel model, CurrencyUnit currency) {
        this.input = input;
        this.model = model;
        this.currency = currency;
    }

    static Map<String, @Nullable Object> of(Input input) {
        try {
            if (input.has("mode")) {
                return estimate(input);
            }
            checkKind(input);
            ChargeModel model = ChargeModel.parse(input.text("model"), properties(input));
            return new ChargeModelCalculation(input, model, currency(input)).result();
        } catch (InvalidCharge e) {
            throw refused(e.violations());
        }
    }

    private static Map<String, @Nullable Object> estimate(Input input) {
        if (!input.text("mode").equals("estimate_instant")) {
            throw input.invalid("mode", "is not estimate_instant");
        }
        Price price = InstantEstimate.of(input.text("model"), properties(input), input.decimal("units"));
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        putAmount(result, currency(input), price);
        return result;
    }

    /// A dynamic charge has none.
    private static Map<String, @Nullable Object> properties(Input input) {
        return input.has("properties") ? input.object("properties").fields() : Map.of();
    }

    private static void checkKind(Input input) {
        String kind = input.optionalText("charge_kind");
        if (kind == null || kind.equals("charge")) {
            return;
        }
        if (!kind.equals("fixed_charge")) {
            throw input.invalid("charge_kind", "is neither charge nor fixed_charge");
        }
        Map<String, List<String>> violations =
                new FixedChargeTerms(input.text("model"), BigDecimal.ZERO, false, input.flag("prorated")).violations();
        if (!violations.isEmpty()) {
            throw refused(violations);
        }
    }

    private static CurrencyUnit currency(Input input) {
        return input.has("currency")
                ? CurrencyUnit.find(input.text("currency"))
                        .orElseThrow(() -> input.invalid("currency", "is not an ISO 4217 currency"))
                : CurrencyUnit.of("EUR");
    }

    /// The first violation is the code, all of them are the message.
    private static Refusal refused(Map<String, List<String>> violations) {
        String code = violations.values().iterator().next().getFirst();
        return new Refusal(
                code,
                violations.entrySet().stream()
                        .map(field -> field.getKey() + ": " + String.join(", ", field.getValue()))
                        .collect(Collectors.joining("; ")));
    }

    private Map<String, @Nullable Object> result() {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        List<Input> groups = input.objects("groups");
        if (groups.isEmpty()) {
            putPrice(result, usage(input, events(input)));
        } else {
            putGroups(result, groups);
        }
        return result;
    }

    private void putPrice(Map<String, @Nullable Object> result, Usage usage) {
        Price price = model.price(usage);
        putAmount(result, currency, price);
        switch (price.details()) {
            case Packages.Details packages -> {
                result.put("free_units", packages.freeUnits());
                result.put("paid_units", packages.paidUnits());
            }
            case Percentage.Details percentage -> {
                result.put("free_units", percentage.freeUnits());
                result.put("paid_units", percentage.paidUnits());
                result.put("free_events", percentage.freeEvents());
                result.put("paid_events", percentage.paidEvents());
            }
            case Graduated.Details _, GraduatedPercentage.Details _, Volume.Details _, AmountDetails.None _ -> {}
        }
        if (model instanceof Percentage percentage && percentage.isBounded()) {
            result.put("per_event", percentage.pricesOfEvents(usage.values()));
        }
        if (input.has("previous_units")) {
            result.put("delta_amount", model.difference(previousUsage(), usage));
        }
    }

    private void putGroups(Map<String, @Nullable Object> result, List<Input> groups) {
        List<Price> prices = new ArrayList<>();
        for (Input group : groups) {
            prices.add(model.price(usage(group, events(group))));
        }
        putAmount(result, currency, Price.ofGroups(prices));
        result.put("group_amounts", prices.stream().map(Price::amount).toList());
        result.put("group_unit_amounts", prices.stream().map(Price::unitAmount).toList());
        result.put(
                "group_rounded_cents",
                prices.stream().map(price -> currency.cents(price.amount())).toList());
    }

    private static void putAmount(Map<String, @Nullable Object> result, CurrencyUnit currency, Price price) {
        result.put("amount", price.amount());
        result.put("units", price.units());
        result.put("unit_amount", price.unitAmount());
        try {
            result.put("rounded_cents", currency.cents(price.amount()));
        } catch (ArithmeticException e) {
            // Beyond 64 bits of minor units there is an amount, but no fee.
            result.put("rounded_cents", null);
        }
    }

    /// What an event says.
    ///
    /// @param value its units
    /// @param prorated the same for the days that they were held
    /// @param stated the price that its producer set, major units
    private record Event(BigDecimal value, BigDecimal prorated, BigDecimal stated) {}

    private List<Event> events(Input usage) {
        List<Event> events = new ArrayList<>();
        for (Input event : usage.objects("events")) {
            BigDecimal value = event.decimal("value", BigDecimal.ONE);
            events.add(new Event(value, event.decimal("prorated_value", value), stated(event)));
        }
        return events;
    }

    private BigDecimal stated(Input eventOrUsage) {
        return currency.amount(eventOrUsage.decimal("precise_total_amount_cents", BigDecimal.ZERO));
    }

    private Usage usage(Input usage, List<Event> events) {
        if (events.isEmpty()) {
            return usageOfOneEvent(usage);
        }
        boolean isProrated = usage.objects("events").stream().anyMatch(event -> event.has("prorated_value"));
        if (model instanceof Graduated && (isProrated || input.flag("prorated"))) {
            return Usage.ofProrated(events.stream()
                    .map(event -> new EventUnits(event.value, event.prorated))
                    .toList());
        }
        BigDecimal units = usage.decimal("units", sum(events, Event::prorated));
        return usageOf(events, units)
                .withFullUnits(usage.decimal("full_units", isProrated ? sum(events, Event::value) : units));
    }

    private Usage usageOfOneEvent(Input usage) {
        BigDecimal units = usage.decimal("units");
        BigDecimal full = usage.decimal("full_units", units);
        if (model instanceof Graduated && input.flag("prorated")) {
            return Usage.ofProrated(List.of(new EventUnits(full, units)));
        }
        Usage plain = units.signum() == 0 ? Usage.NONE : Usage.of(units, 1).withValues(List.of(units));
        return plain.withFullUnits(full).withPreciseTotalAmount(stated(usage));
    }

    /// The usage that was billed before: the first events that make up its units. Where the price does not
    /// depend on events, the units are enough.
    private Usage previousUsage() {
        BigDecimal units = input.decimal("previous_units");
        if (units.signum() == 0) {
            return Usage.NONE;
        }
        List<Event> events = events(input);
        boolean dependsOnEvents = model instanceof Percentage || model instanceof Dynamic;
        if (!dependsOnEvents || events.isEmpty()) {
            return Usage.of(units, 1).withValues(List.of(units));
        }
        int billed = 0;
        BigDecimal sum = BigDecimal.ZERO;
        while (billed < events.size() && sum.compareTo(units) < 0) {
            sum = sum.add(events.get(billed++).value);
        }
        return usageOf(events.subList(0, billed), units);
    }

    private static Usage usageOf(List<Event> events, BigDecimal units) {
        return Usage.of(units, events.size())
                .withValues(events.stream().map(Event::value).toList())
                .withPreciseTotalAmount(sum(events, Event::stated));
    }

    private static BigDecimal sum(List<Event> events, Function<Event, BigDecimal> what) {
        return events.stream().map(what).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
