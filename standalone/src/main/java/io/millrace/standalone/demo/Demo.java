package io.millrace.standalone.demo;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.enricher.Accounting;
import io.millrace.standalone.Api;
import io.millrace.standalone.Millrace;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// The main job, from the first event to the last invoice, checked against a reference biller.
///
/// ```
/// catalogue ─▶ events by HTTP and Kafka ─▶ all accounted for ─▶ the clock closes the month ─▶ invoices ─▶ exact?
/// ```
public final class Demo {
    private static final long SEED = 20260301;
    private static final int GARBAGE = 5;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Millrace millrace;
    private final PriceList prices;
    private final List<Usage> usages;
    private final int garbage;
    private final PrintStream out;
    private final Api api;
    private final Instant begun = Instant.now();

    private Demo(Millrace millrace, PriceList prices, List<Usage> usages, int garbage, PrintStream out) {
        this.millrace = millrace;
        this.prices = prices;
        this.usages = usages;
        this.garbage = garbage;
        this.out = out;
        this.api = new Api(millrace.url(), millrace.apiKey());
    }

    /// A month of generated traffic of an AI API vendor.
    ///
    /// @return true if every fee equals the reference and no event is lost or doubled
    public static boolean ofVendor(Millrace millrace, int events, boolean json, PrintStream out)
            throws IOException, InterruptedException {
        var prices = PriceList.aiVendor();
        var traffic = Traffic.of(prices, Math.max(1, events - GARBAGE), SEED);
        var demo = new Demo(millrace, prices, traffic.usages(), GARBAGE, out);
        var result = demo.run();
        result.bill().invoices().forEach(invoice -> out.print(Report.table(invoice)));
        result.json().put("duplicates_sent", traffic.duplicates());
        return demo.conclude(result, json);
    }

    /// Real input: a web server's access log.
    ///
    /// @return true if every fee equals the reference and no event is lost or doubled
    public static boolean ofAccessLog(Millrace millrace, Path file, boolean json, PrintStream out)
            throws IOException, InterruptedException {
        var log = AccessLog.read(file);
        out.printf(
                "%,d lines, %,d of them unreadable%n",
                log.lines(), log.unreadable().size());
        log.unreadable().stream().limit(10).forEach(line -> out.println("  unreadable: line " + line));
        var prices = PriceList.webServer(log.months(), log.clients());
        var demo = new Demo(millrace, prices, log.usages(), 0, out);
        var result = demo.run();
        demo.printLargestInvoices(result.bill(), 5);
        result.json().put("duplicates_sent", 0);
        result.json()
                .put("lines", log.lines())
                .put("unreadable", log.unreadable().size());
        demo.putClients(result.json());
        return demo.conclude(result, json);
    }

    private record Result(Bill bill, List<String> differences, ObjectNode json) {}

    private Result run() throws IOException, InterruptedException {
        var clock = enterCatalogue();
        var settled = sendAndSettle();
        closeMonths(clock);
        var bill = Bill.fetch(api, prices);
        var reference = ReferenceBiller.bill(prices, usages);
        var differences = bill.differences(reference);
        var stored = Stored.of(variable("CLICKHOUSE_URL"), organizationId());
        long sent = usages.size() + (long) garbage;
        long accounted = stored.enriched() + settled.duplicates() + stored.deadLetters() + settled.parked();
        if (accounted != sent) {
            differences.add(("%,d events sent, %,d accounted for: %,d enriched, %,d duplicates, %,d dead letters, "
                            + "%,d parked")
                    .formatted(
                            sent,
                            accounted,
                            stored.enriched(),
                            settled.duplicates(),
                            stored.deadLetters(),
                            settled.parked()));
        }
        var json = Api.object()
                .put("events_sent", sent)
                .put("duplicates_sent", 0)
                .put("duplicates_dropped", settled.duplicates())
                .put("events_enriched", stored.enriched())
                .put("events_expanded", stored.expanded())
                .put("parked", settled.parked())
                .put("dead_letters", stored.deadLetters());
        Report.put(json, bill.invoices());
        json.put(
                "reference_total_amount_cents",
                reference.values().stream().mapToLong(a -> a.cents()).sum());
        return new Result(bill, differences, json);
    }

    private boolean conclude(Result result, boolean json) {
        boolean exact = result.differences().isEmpty();
        long cents = Duration.between(begun, Instant.now()).toMillis() / 10;
        out.println();
        result.differences().forEach(difference -> out.println("  " + difference));
        out.println(
                exact
                        ? "exact"
                        : "NOT exact: %d differences"
                                .formatted(result.differences().size()));
        if (json) {
            result.json().put("exact", exact).put("seconds", BigDecimal.valueOf(cents, 2));
            out.println(Report.line(result.json()));
        }
        return exact;
    }

    /// @return the id of the test clock that all customers' billing goes by
    private String enterCatalogue() throws IOException, InterruptedException {
        var start = prices.months().first().atDay(1).atStartOfDay().minusDays(1).toInstant(ZoneOffset.UTC);
        var body = Api.object().put("name", "demo").put("now", start.toString());
        var clock = api.post("/test_clocks", Api.object().set("test_clock", body))
                .path("test_clock")
                .path("lago_id")
                .asText();
        var catalogue = new Catalogue(api);
        catalogue.sell(prices);
        catalogue.add(prices.customers(), clock);
        catalogue.subscribe(prices, false);
        out.printf(
                "catalogue: %d metrics, %d plans, %,d customers, %,d subscriptions%n",
                prices.metrics().size(),
                prices.plans().size(),
                prices.customers().size(),
                prices.agreements().size());
        return clock;
    }

    /// Some subscriptions are created only when their first events wait already.
    private void send(Sender sender) throws IOException, InterruptedException {
        int early = Math.min(usages.size(), 2_000);
        sender.sendByBothWays(usages.subList(0, early));
        new Catalogue(api).subscribe(prices, true);
        sender.sendByBothWays(usages.subList(early, usages.size()));
        sender.sendGarbage(garbage);
    }

    /// Sends everything and waits until the enricher has decided on every event.
    private Accounting.Partition sendAndSettle() throws IOException, InterruptedException {
        var before = millrace.accounting().total();
        var deadline = Instant.now().plus(PATIENCE);
        try (var sender = new Sender(
                        api, organizationId(), variable("KAFKA_BOOTSTRAP_SERVERS"), variable("SCHEMA_REGISTRY_URL"));
                var _ = new Progress(out, () -> stages(sender.sent(), since(before)))) {
            send(sender);
            while (Instant.now().isBefore(deadline)) {
                var now = since(before);
                if (now.raw() >= sender.sent() && now.parked() == 0) return now;
                Thread.sleep(50);
            }
        }
        return since(before);
    }

    private static String stages(long sent, Accounting.Partition now) {
        return "sent %,d ▶ read %,d ▶ enriched %,d, duplicates %,d, dead letters %,d, parked %,d"
                .formatted(sent, now.raw(), now.enriched(), now.duplicates(), now.deadLettered(), now.parked());
    }

    /// Moves the clock to the day after the last month, and waits until everything due by then is done.
    private void closeMonths(String clock) throws IOException, InterruptedException {
        var close = prices.months().last().plusMonths(1).atDay(2).atStartOfDay().toInstant(ZoneOffset.UTC);
        out.println("the clock moves to " + close + ": the month closes");
        api.post(
                "/test_clocks/" + clock + "/advance",
                Api.object().set("test_clock", Api.object().put("now", close.toString())));
        var invoices = new AtomicLong();
        var deadline = Instant.now().plus(PATIENCE);
        try (var _ = new Progress(out, () -> "%,d invoices".formatted(invoices.get()))) {
            boolean done = false;
            while (!done && Instant.now().isBefore(deadline)) {
                done = api.get("/test_clocks/" + clock)
                        .path("test_clock")
                        .path("status")
                        .asText()
                        .equals("ready");
                invoices.set(api.get("/invoices?per_page=1")
                        .path("meta")
                        .path("total_count")
                        .asLong());
                if (!done) Thread.sleep(100);
            }
        }
    }

    private Accounting.Partition since(Accounting.Partition before) {
        var now = millrace.accounting().total();
        return new Accounting.Partition(
                now.raw() - before.raw(),
                now.enriched() - before.enriched(),
                now.duplicates() - before.duplicates(),
                now.parked() - before.parked(),
                now.deadLettered() - before.deadLettered(),
                now.rekeyed() - before.rekeyed());
    }

    private String organizationId() throws IOException, InterruptedException {
        return api.get("/organizations").path("organization").path("lago_id").asText();
    }

    private String variable(String name) {
        return requireNonNull(millrace.environment().get(name), name);
    }

    private void printLargestInvoices(Bill bill, int most) {
        bill.invoices().stream()
                .sorted(Comparator.comparingLong(Bill.Invoice::totalCents).reversed())
                .limit(most)
                .forEach(invoice -> out.print(Report.table(invoice)));
        if (bill.invoices().size() > most) {
            out.printf("%n  … and %,d smaller invoices%n", bill.invoices().size() - most);
        }
    }

    /// Every client's units over the whole log.
    private void putClients(ObjectNode json) throws IOException, InterruptedException {
        var array = json.putArray("clients");
        Stored.units(variable("CLICKHOUSE_URL"), organizationId()).forEach((client, units) -> {
            var node = array.addObject().put("external_subscription_id", client).putObject("units");
            for (var metric : List.of("requests", "bytes", "paths")) {
                // Requests, bytes and paths are whole.
                node.put(metric, units.getOrDefault(metric, BigDecimal.ZERO).toBigIntegerExact());
            }
        });
    }
}
