package io.millrace.invoicer.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ChargeUsage.Needs;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.aggregation.UsageWindow;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is said of random events is what `rating` says of a list of them, whether ClickHouse adds them up or they are
/// read as rows: many subscriptions, every way of asking, filters, groups, repetitions, re-enrichments, retractions,
/// any order of arrival, events at the same time, values of any size, clocks that change in the period.
@ExtendWith(MillraceStack.class)
class UsageLawTest {
    private static final int EVENTS = 4_000;
    private static final List<String> GROUPS =
            List.of("map()", "map('region','eu')", "map('tier','eu')", "map('region','us','tier','')");
    private static final BigDecimal LARGEST = new BigDecimal("99999999999999999999.999999999999999999");

    private static RunningInvoicer invoicer;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(stack);
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    /// A charge, the metric's aggregation over the period, and how it is asked for.
    private record AskedCharge(UUID id, String code, Aggregation aggregation, ChargeUsage usage) {}

    /// An event as it stands in a charge after one of its enrichments.
    private record Row(
            UsageQuery.Asked subscription,
            AskedCharge charge,
            String transaction,
            UsageEvent event,
            @Nullable UUID filter,
            String group,
            int version,
            boolean isPaidInAdvance,
            boolean isDeleted) {

        List<Object> identity() {
            return List.of(subscription, charge.id(), event.timestamp(), transaction);
        }

        /// The later enrichment, then the earlier arrival.
        long rank() {
            return ((long) version << 44) + (1L << 44) - 1 - event.sequence();
        }

        List<Object> line() {
            var groups = new TreeMap<String, String>();
            var parts = group.replaceAll("map\\(|\\)|'", "").split(",", -1);
            for (int i = 0; i + 1 < parts.length; i += 2) groups.put(parts[i], parts[i + 1]);
            return List.of(subscription.subscriptionId(), charge.id(), String.valueOf(filter), groups);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UTC,                 2026-03-01, 2026-04-01, 0",
        "America/New_York,    2026-03-01, 2026-04-01, 0",
        "Australia/Lord_Howe, 2026-04-01, 2026-05-01, 200000",
        // Clocks went back from one minute after midnight: the evening before came again.
        "America/St_Johns,    2010-11-01, 2010-12-01, 0",
        "Asia/Kathmandu,      2026-01-15, 2027-01-15, 7000000",
    })
    void usageIsWhatRatingSays(ZoneId zone, LocalDate firstDay, LocalDate endDay, long secondsIn) throws SQLException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var whole = new BillingPeriod(firstDay, endDay, zone);
        var period = new TimeSpan(whole.from().plusSeconds(secondsIn), whole.to());
        var seenUntil = random.nextBoolean() ? period.to() : within(random, period);
        var held = HeldDays.of(period, whole.days(), zone, false);
        var charges = charges(period, Duration.between(whole.from(), whole.to()), held);
        var organization = UUID.randomUUID();
        var subscriptions = new ArrayList<UsageQuery.Asked>();
        for (int i = 0; i < 4; i++) subscriptions.add(new UsageQuery.Asked(UUID.randomUUID(), "sub'" + i));
        var rows = rows(random, period, subscriptions, charges);
        store(random, organization, rows);

        var asked = subscriptions.subList(0, 3);
        var question = new UsageQuery.Question(
                organization,
                period,
                seenUntil,
                held.leftSince(),
                charges.stream().collect(Collectors.toMap(AskedCharge::id, AskedCharge::usage)),
                asked);
        var expected = expected(rows, asked, period, seenUntil);
        var clickHouse = invoicer.get(ClickHouse.class);
        for (int mostRows : List.of(EVENTS * 2, 0)) {
            var answer = new UsageQuery(clickHouse, mostRows).usage(question);
            requireExpected(answer, expected, period, "seed %d, %d rows at most".formatted(seed, mostRows));
        }
    }

    private static void requireExpected(
            Map<UUID, List<UsageLine>> answer, Map<List<Object>, List<Row>> expected, TimeSpan period, String how) {
        var said = new LinkedHashMap<List<Object>, UsageLine>();
        answer.values()
                .forEach(lines -> lines.forEach(line -> assertThat(said.put(
                                List.of(
                                        line.subscriptionId(),
                                        line.chargeId(),
                                        String.valueOf(line.filterId()),
                                        line.groupedBy()),
                                line))
                        .isNull()));
        assertThat(said.keySet()).as(how).isEqualTo(expected.keySet());
        expected.forEach((key, standing) -> {
            var charge = standing.getFirst().charge();
            var events = standing.stream().map(Row::event).toList();
            var line = said.get(key);
            var what = "%s, %s, %s".formatted(how, charge, key);
            assertThat(line.measured().units(charge.aggregation()))
                    .as(what)
                    .isEqualByComparingTo(charge.aggregation().units(events));
            assertThat(line.measured().fullUnits(charge.aggregation()))
                    .as(what)
                    .isEqualByComparingTo(charge.aggregation().fullUnits(events));
            assertThat(line.events()).as(what).isEqualTo(count(charge, events, period));
            if (line.measured() instanceof Measured.Events inOrder) {
                assertThat(inOrder.inOrder())
                        .as(what)
                        .isEqualTo(events.stream().sorted(UsageEvent.IN_ORDER).toList());
            }
        });
    }

    private static List<AskedCharge> charges(TimeSpan period, Duration whole, HeldDays held) {
        var charges = new ArrayList<AskedCharge>();
        for (var code : List.of("count_agg", "sum_agg", "max_agg", "latest_agg", "unique_count_agg")) {
            charges.add(charge(Aggregation.parse(code).orElseThrow(), Needs.TOTALS, false));
        }
        var sum = Aggregation.parse("sum_agg").orElseThrow();
        var unique = Aggregation.parse("unique_count_agg").orElseThrow();
        charges.add(charge(sum, Needs.TOTALS, true));
        charges.add(charge(unique, Needs.TOTALS, true));
        var weighted = new WeightedSum(period, whole, BigDecimal.ZERO);
        charges.add(charge(weighted, Needs.TIME_HELD, false));
        charges.add(charge(weighted, Needs.TIME_HELD, true));
        var proratedSum = sum.prorated(held).orElseThrow();
        var proratedCount = unique.prorated(held).orElseThrow();
        charges.add(charge(proratedSum, Needs.DAYS_HELD, true));
        charges.add(charge(proratedCount, Needs.DAYS_OF_TEXTS, true));
        charges.add(charge(sum, Needs.EVENTS, false));
        charges.add(charge(sum, Needs.EVENTS, true));
        charges.add(charge(proratedSum, Needs.EVENTS, true));
        charges.add(charge(proratedCount, Needs.EVENTS, true));
        return charges;
    }

    private static AskedCharge charge(Aggregation aggregation, Needs needs, boolean carriesOver) {
        return new AskedCharge(
                UUID.randomUUID(),
                aggregation.code(),
                aggregation,
                new ChargeUsage(needs, carriesOver, aggregation.countsTexts()));
    }

    private static List<Row> rows(
            Random random, TimeSpan period, List<UsageQuery.Asked> subscriptions, List<AskedCharge> charges) {
        var filters = new ArrayList<@Nullable UUID>(List.of(UUID.randomUUID()));
        filters.add(null);
        var rows = new ArrayList<Row>();
        long offset = 0;
        for (int i = 0; i < EVENTS; i++) {
            var charge = charges.get(random.nextInt(charges.size()));
            var row = new Row(
                    subscriptions.get(random.nextInt(subscriptions.size())),
                    charge,
                    "t" + random.nextInt(EVENTS),
                    event(random, period, offset++, charge),
                    filters.get(random.nextInt(filters.size())),
                    GROUPS.get(random.nextInt(GROUPS.size())),
                    1,
                    random.nextInt(50) == 0,
                    false);
            rows.add(row);
            // Enriched again: under another filter or group, as another value, or not at all.
            while (random.nextInt(6) == 0) {
                var earlier = row.event();
                var again = event(random, period, earlier.sequence(), charge);
                row = new Row(
                        row.subscription(),
                        charge,
                        row.transaction(),
                        new UsageEvent(earlier.timestamp(), earlier.sequence(), again.value(), again.operation()),
                        filters.get(random.nextInt(filters.size())),
                        GROUPS.get(random.nextInt(GROUPS.size())),
                        row.version() + 1,
                        row.isPaidInAdvance(),
                        random.nextInt(3) == 0);
                rows.add(row);
            }
        }
        return rows;
    }

    private static UsageEvent event(Random random, TimeSpan period, long sequence, AskedCharge charge) {
        var value = charge.aggregation().countsTexts() ? "user '" + random.nextInt(4) : decimal(random);
        boolean isRemoved = charge.aggregation().countsTexts() && random.nextInt(2) == 0;
        return new UsageEvent(time(random, period), sequence, value, isRemoved ? Operation.REMOVE : Operation.ADD);
    }

    private static String decimal(Random random) {
        var sign = random.nextInt(3) == 0 ? "-" : "";
        return switch (random.nextInt(4)) {
            case 0 -> sign + LARGEST.toPlainString();
            case 1 -> sign + new BigDecimal(new BigInteger(60, random), 18).toPlainString();
            // So that levels come back to nothing.
            default -> sign + random.nextInt(3);
        };
    }

    /// In the period, around its ends and, less often, around midnight anywhere; often at the same instant as others.
    private static Instant time(Random random, TimeSpan period) {
        var length = Duration.between(period.from(), period.to());
        return switch (random.nextInt(6)) {
            case 0 -> period.from().minus(Duration.ofDays(random.nextInt(400)));
            case 1 -> period.from().plus(random.nextInt(3) - 1, ChronoUnit.MICROS);
            case 2 -> period.to().plus(random.nextInt(3) - 1, ChronoUnit.MICROS);
            case 3 -> period.from().plus(Duration.ofHours(random.nextInt((int) length.toHours())));
            default -> within(random, period);
        };
    }

    private static Instant within(Random random, TimeSpan span) {
        long micros = Duration.between(span.from(), span.to()).toNanos() / 1_000;
        return span.from().plus(random.nextLong(micros), ChronoUnit.MICROS);
    }

    /// What is left of the rows, as a list per line; a line that carried nothing into the period and has no event in
    /// it is none.
    private static Map<List<Object>, List<Row>> expected(
            List<Row> rows, List<UsageQuery.Asked> asked, TimeSpan period, Instant seenUntil) {
        var last = new HashMap<List<Object>, Row>();
        rows.forEach(row -> last.merge(row.identity(), row, (one, other) -> one.rank() >= other.rank() ? one : other));
        var lines = new HashMap<List<Object>, List<Row>>();
        last.values().stream()
                .filter(row -> asked.contains(row.subscription()) && !row.isDeleted() && !row.isPaidInAdvance())
                .filter(row -> UsageWindow.of(period, row.charge().usage().carriesOver())
                        .until(seenUntil.minusNanos(1))
                        .contains(row.event().timestamp()))
                .forEach(row -> lines.computeIfAbsent(row.line(), ignored -> new ArrayList<>())
                        .add(row));
        lines.values().removeIf(standing -> !isUsage(standing, period));
        return lines;
    }

    private static boolean isUsage(List<Row> standing, TimeSpan period) {
        if (standing.stream().anyMatch(row -> period.contains(row.event().timestamp()))) return true;
        var events = standing.stream().map(Row::event).toList();
        var aggregation = standing.getFirst().charge().aggregation();
        var level = aggregation.countsTexts()
                ? new UniqueCount().units(events)
                : Aggregation.parse("sum_agg").orElseThrow().units(events);
        return level.signum() != 0;
    }

    private static long count(AskedCharge charge, List<UsageEvent> events, TimeSpan period) {
        return events.stream()
                .filter(event -> !(charge.aggregation() instanceof WeightedSum)
                        || !event.timestamp().isBefore(period.from()))
                .count();
    }

    /// In parts of some hundred rows, in any order, some rows more than once.
    private static void store(Random random, UUID organization, List<Row> rows) throws SQLException {
        var delivered = new ArrayList<>(rows);
        for (int i = 0; i < rows.size() / 5; i++) delivered.add(rows.get(random.nextInt(rows.size())));
        Collections.shuffle(delivered, random);
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            for (int from = 0; from < delivered.size(); from += 500) {
                statement.execute(
                        "insert into events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp,"
                                + " subscription_id, charge_id, charge_filter_id, grouped_by, pay_in_advance, value,"
                                + " aggregation_type, operation, raw_offset, enrichment_version, is_deleted) values "
                                + delivered.subList(from, Math.min(from + 500, delivered.size())).stream()
                                        .map(row -> values(organization, row))
                                        .collect(Collectors.joining(", ")));
            }
        }
    }

    private static String values(UUID organization, Row row) {
        var event = row.event();
        boolean isText = row.charge().aggregation().countsTexts();
        return "('%s', '%s', '%s', fromUnixTimestamp64Micro(%d), '%s', '%s', '%s', %s, %s, '%s', '%s', %s, %d, %d, %b)"
                .formatted(
                        organization,
                        row.subscription().externalId().replace("'", "\\'"),
                        row.transaction(),
                        ChronoUnit.MICROS.between(Instant.EPOCH, event.timestamp()),
                        row.subscription().subscriptionId(),
                        row.charge().id(),
                        row.filter() == null ? "" : row.filter(),
                        row.group(),
                        row.isPaidInAdvance(),
                        event.value().replace("'", "\\'"),
                        row.charge().code(),
                        !isText ? "null" : event.operation() == Operation.REMOVE ? "'remove'" : "'add'",
                        event.sequence(),
                        row.version(),
                        row.isDeleted());
    }
}
