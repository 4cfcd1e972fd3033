package io.millrace.enricher;

import static io.millrace.enricher.Bench.APRIL;
import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.charge;
import static io.millrace.enricher.Bench.chargeBuilder;
import static io.millrace.enricher.Bench.filter;
import static io.millrace.enricher.Bench.planRevision;
import static io.millrace.enricher.Bench.revision;
import static io.millrace.enricher.Bench.span;

import io.millrace.event.RawEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/// A seller's March at random: events in any order, some of them repeated, some bad, some of these
/// corrected; and between them, what is agreed while they come: subscriptions that nobody had heard of,
/// upgrades seen late, ends and beginnings that lie in the past, new revisions of plans and metrics, new
/// filters, and what changes nothing.
final class BusyMonth {
    private static final Instant MIDDLE = MARCH.plus(Duration.ofDays(15));
    private static final int SUBSCRIPTIONS = 12;
    private static final int WELL_KNOWN = 3;

    private final Random random;
    private final List<RawEvent.Builder> events = new ArrayList<>();
    private int revision = 2;

    private BusyMonth(Random random) {
        this.random = random;
    }

    /// What happens, one thing after the other: the catalogue first, then so many events, with each kind of
    /// change in between, and some more changes.
    static List<Consumer<Seller>> of(Random random, int events, int moreChanges) {
        var month = new BusyMonth(random);
        var changes = month.changes();
        for (int i = 0; i < moreChanges; i++) changes.add(month.anyChange());
        var changeAt = random.ints(changes.size(), 0, events).sorted().toArray();
        var steps = new ArrayList<Consumer<Seller>>();
        steps.add(BusyMonth::agreeOnTheCatalogue);
        for (int i = 0, change = 0; i < events; i++) {
            while (change < changeAt.length && changeAt[change] == i) steps.add(changes.get(change++));
            var event = month.event(i);
            steps.add(seller -> seller.send(event));
        }
        return Collections.unmodifiableList(steps);
    }

    private static void agreeOnTheCatalogue(Seller seller) {
        seller.metric("tokens", revision(null, null, "sum_agg", "amount"))
                .metric("requests", revision(null, null, "count_agg", null))
                .metric("seconds", revision(null, null, "max_agg", "amount"))
                .plan(
                        "basic",
                        charge("c1", "tokens", filter("f1", Map.of("model", List.of("large")))),
                        charge("c2", "tokens"),
                        charge("c3", "requests"))
                .plan(
                        "premium",
                        charge("p1", "tokens"),
                        chargeBuilder("p2", "requests").setPayInAdvance(true).build(),
                        charge("p3", "seconds"));
        for (int i = 0; i < 9; i++) {
            var name = "sub_" + i;
            seller.subscription(name, span("s" + i, i % 2 == 0 ? "basic" : "premium", i == 3 ? MIDDLE : MARCH, null));
        }
    }

    /// One of each kind, in an order in which they can happen. Nothing is ever agreed about `sub_11`.
    private List<Consumer<Seller>> changes() {
        var upgrade = moment();
        var end = moment();
        var filtered = moment();
        var computed = moment();
        var grouped = moment();
        var unheardOf = moment();
        return new ArrayList<>(List.of(
                seller -> seller.subscription("sub_9", span("s9", "basic", MARCH, null)),
                seller -> seller.subscription(
                        "sub_4", span("s4", "basic", MARCH, unheardOf), span("t4", "late", unheardOf, null)),
                seller -> seller.plan(
                        "basic",
                        planRevision(
                                1,
                                null,
                                filtered,
                                charge("c1", "tokens", filter("f1", Map.of("model", List.of("large")))),
                                charge("c2", "tokens"),
                                charge("c3", "requests")),
                        planRevision(
                                2,
                                filtered,
                                null,
                                charge(
                                        "c1",
                                        "tokens",
                                        filter("f1", Map.of("model", List.of("large"))),
                                        filter("f2", Map.of("model", List.of("large"), "region", List.of("eu")))),
                                charge("c3", "requests"),
                                charge("c4", "tokens"),
                                charge("c5", "seconds"))),
                seller -> seller.subscription(
                        "sub_0", span("s0", "basic", MARCH, upgrade), span("t0", "premium", upgrade, null)),
                seller -> seller.subscription("sub_5", span("s5", "premium", MARCH, end)),
                seller -> seller.subscription("sub_3", span("s3", "premium", MARCH, null)),
                seller -> seller.plan("late", charge("l1", "tokens"), charge("l2", "seconds")),
                seller -> seller.metric(
                        "tokens",
                        revision(null, computed, "sum_agg", "amount"),
                        revision(computed, null, "sum_agg", "amount", "event.properties.amount * 3", Map.of())),
                seller -> seller.subscription("sub_10", span("s10", "premium", MARCH, null)),
                seller -> seller.plan(
                        "premium",
                        planRevision(
                                1,
                                null,
                                grouped,
                                charge("p1", "tokens"),
                                chargeBuilder("p2", "requests")
                                        .setPayInAdvance(true)
                                        .build(),
                                charge("p3", "seconds")),
                        planRevision(
                                2,
                                grouped,
                                null,
                                chargeBuilder("p1", "tokens")
                                        .setProperties("{\"amount\": \"1\", \"pricing_group_keys\": [\"model\"]}")
                                        .build(),
                                charge("p3", "seconds"),
                                charge("p4", "requests"))),
                seller -> seller.subscription("sub_7", span("s7", "premium", MARCH, MIDDLE)),
                seller -> seller.subscription("sub_7", span("s7", "premium", MARCH, null)), // a mistake
                seller -> seller.subscription("sub_1", span("s1", "premium", MARCH, null)), // as before
                seller -> seller.subscription( // in the time to come
                        "sub_2", span("s2", "basic", MARCH, APRIL), span("t2", "premium", APRIL, null))));
    }

    private Consumer<Seller> anyChange() {
        var moment = moment();
        int number = revision += 2; // once published, a revision does not change but for its end
        return switch (random.nextInt(3)) {
            case 0 ->
                seller -> seller.subscription(
                        "sub_8", span("s8", "basic", MARCH, moment), span("t" + number, "premium", moment, null));
            case 1 ->
                seller -> seller.subscription(
                        "sub_6", span("s6", "premium", MARCH, moment), span("t" + number, "basic", moment, null));
            default ->
                seller -> seller.plan(
                        "basic",
                        planRevision(number, null, moment, charge("c1", "tokens"), charge("c5", "seconds")),
                        planRevision(
                                number + 1,
                                moment,
                                null,
                                charge("c1", "tokens", filter("f3", Map.of("region", List.of("us")))),
                                charge("c3", "requests")));
        };
    }

    private RawEvent.Builder event(int number) {
        var event = switch (events.isEmpty() ? 0 : random.nextInt(25)) {
            case 1 -> events.get(random.nextInt(events.size()));
            case 2 -> corrected(events.get(random.nextInt(events.size())));
            default -> anyEvent("e" + number);
        };
        events.add(event);
        return event;
    }

    private RawEvent.Builder anyEvent(String id) {
        // What is bad from the start stays so for the same reason: nothing is agreed otherwise about it.
        boolean isBad = random.nextInt(40) == 0;
        var code = isBad
                ? "seconds"
                : List.of("tokens", "tokens", "requests", "seconds").get(random.nextInt(4));
        return RawEvent.newBuilder()
                .setOrganizationId("")
                .setExternalSubscriptionId("sub_" + random.nextInt(isBad ? WELL_KNOWN : SUBSCRIPTIONS))
                .setTransactionId(id)
                .setCode(code)
                .setTimestamp(moment())
                .setProperties(Map.of(
                        "amount",
                        isBad ? ReferenceEnricher.NOT_A_NUMBER : Integer.toString(random.nextInt(1000)),
                        "model",
                        random.nextBoolean() ? "large" : "small",
                        "region",
                        random.nextBoolean() ? "eu" : "us"));
    }

    /// The same where it is good.
    private static RawEvent.Builder corrected(RawEvent.Builder event) {
        if (!event.getProperties().get("amount").equals(ReferenceEnricher.NOT_A_NUMBER)) return event;
        return RawEvent.newBuilder(event).setProperties(Map.of("amount", "7", "model", "small", "region", "eu"));
    }

    private Instant moment() {
        return MARCH.plusSeconds(random.nextLong(Duration.between(MARCH, APRIL).toSeconds()));
    }
}
