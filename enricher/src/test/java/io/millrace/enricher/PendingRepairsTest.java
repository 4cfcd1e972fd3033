package io.millrace.enricher;

import static io.millrace.enricher.Bench.APRIL;
import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.MAY;
import static io.millrace.enricher.Bench.charge;
import static io.millrace.enricher.Bench.event;
import static io.millrace.enricher.Bench.planRevision;
import static io.millrace.enricher.Bench.revision;
import static io.millrace.enricher.Bench.span;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.PendingRepair;
import io.millrace.event.PendingRepairs;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What whoever closes a period is told of the usage that is not enriched yet by what is agreed.
class PendingRepairsTest {
    private static final Duration A_WHILE = Duration.ofSeconds(1);

    private Bench bench;

    @BeforeEach
    void sell(@TempDir Path directory) {
        bench = new Bench(directory);
        bench.sellingTokens().plan("premium", charge("p1", "tokens"));
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    void eachPartitionTellsOnceThatNothingIsPending() {
        bench.pass(A_WHILE);
        assertThat(words()).containsExactly(told(2, 1));

        for (int i = 0; i < 50; i++) bench.send(event("e" + i)).pass(A_WHILE);
        assertThat(words()).as("nothing has changed").hasSize(1);
    }

    @Test
    void aSubscriptionsChangeIsToldWithItsOffsetAndUntilItsEventsAreEnrichedAgain() {
        bench.send(event("e1").setTimestamp(APRIL)).pass(A_WHILE);
        bench.subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null));
        assertThat(last()).as("at once").isEqualTo(told(2, 1, pending("acme", "sub_1", APRIL)));
        assertThat(bench.enriched()).hasSize(1);

        bench.settle();
        assertThat(last()).isEqualTo(told(2, 1));
        assertThat(bench.enriched()).hasSize(2);
    }

    @Test
    void aRefusedEventThatIsBillableNowIsPendingToo() {
        bench.send(event("e1").setExternalSubscriptionId("sub_2"))
                .pass(Duration.ofHours(2))
                .subscription("sub_2", span("s9", "basic", MARCH, null));
        assertThat(last()).isEqualTo(told(2, 1, pending("acme", "sub_2", MARCH)));

        bench.settle();
        assertThat(last()).isEqualTo(told(2, 1));
        assertThat(bench.billed()).containsExactly("e1");
    }

    @Test
    void aPlansChangeIsToldTogetherWithHowFarPlansAreCompared() {
        bench.send(event("e1").setTimestamp(APRIL)).pass(A_WHILE);
        bench.plan(
                "basic",
                2,
                planRevision(1, null, APRIL, charge("c1", "tokens")),
                planRevision(2, APRIL, null, charge("c2", "tokens")));
        assertThat(last()).as("not compared yet").isEqualTo(told(2, 1));

        bench.settle();
        assertThat(words()).containsExactly(told(2, 1), told(3, 1, pending("acme", null, APRIL)), told(3, 1));
        assertThat(bench.enriched()).hasSize(2);
    }

    @Test
    void aMetricsChangeSinceEverIsToldAsThat() {
        bench.send(event("e1")).pass(A_WHILE);
        bench.metric("tokens", 2, revision(null, null, "max_agg", "amount")).settle();

        assertThat(words()).containsExactly(told(2, 1), told(2, 2, pending("acme", null, null)), told(2, 2));
    }

    @Test
    void whatIsAgreedForTheTimeToComeIsComparedAndNothingIsPending() {
        bench.send(event("e1")).pass(A_WHILE);
        bench.subscription("sub_1", 2, span("s1", "basic", MARCH, MAY), span("s2", "premium", MAY, null))
                .plan("basic", 2, planRevision(1, null, MAY, charge("c1", "tokens")))
                .settle();

        assertThat(words()).containsExactly(told(2, 1), told(3, 1));
    }

    @Test
    void aPlanIsToldAsComparedOnceTheEventsThatWaitedForItAreSentOn() {
        bench.subscription("sub_1", 2, span("s1", "late", MARCH, null))
                .send(event("e1"))
                .pass(A_WHILE);
        assertThat(bench.enriched()).isEmpty();

        bench.plan("late", charge("l1", "tokens"));
        for (int i = 0; i < 10 && last().equals(told(2, 1)); i++) {
            assertThat(bench.enriched()).isEmpty();
            bench.pass(Duration.ofMillis(500));
        }
        assertThat(last()).isEqualTo(told(3, 1));
        assertThat(bench.enriched()).hasSize(1);
    }

    @Test
    void aRepairThatWaitsForAPlanIsPending() {
        bench.send(event("e1")).pass(A_WHILE);
        bench.subscription("sub_1", 2, span("s2", "on_its_way", MARCH, null))
                .pass(Duration.ofMinutes(10))
                .settle();
        assertThat(last()).isEqualTo(told(2, 1, pending("acme", "sub_1", MARCH)));

        bench.plan("on_its_way", charge("n1", "tokens")).settle();
        assertThat(last()).isEqualTo(told(3, 1));
    }

    @Test
    void whereTooManySubscriptionsChangeTheirOrganizationIsTold() {
        int changed = Concerned.AT_MOST + 50;
        for (int i = 0; i < changed; i++) {
            bench.subscription("s" + i, span("s", "basic", MARCH, null))
                    .send(event("e" + i).setExternalSubscriptionId("s" + i).setTimestamp(APRIL));
        }
        bench.pass(A_WHILE);
        for (int i = 0; i < changed; i++) {
            bench.subscription("s" + i, 2, span("s", "basic", MARCH, APRIL), span("t", "premium", APRIL, null));
        }
        assertThat(last()).isEqualTo(told(2, 1, pending("acme", null, APRIL)));
        assertThat(words()).as("what is told already is not told again").hasSize(1 + Concerned.AT_MOST + 1);

        bench.settle();
        assertThat(last()).isEqualTo(told(2, 1));
        assertThat(bench.enriched()).hasSize(2 * changed);
    }

    /// All that was told, in lists that know how to be equal.
    private List<PendingRepairs> words() {
        return bench.pendingRepairs().stream()
                .map(word -> new PendingRepairs(
                        word.getPartition(),
                        word.getPlansRead(),
                        word.getMetricsRead(),
                        List.copyOf(word.getPending())))
                .toList();
    }

    private PendingRepairs last() {
        return words().getLast();
    }

    private static PendingRepairs told(long plansRead, long metricsRead, PendingRepair... pending) {
        return new PendingRepairs(0, plansRead, metricsRead, List.of(pending));
    }

    private static PendingRepair pending(String organization, @Nullable String subscription, @Nullable Instant from) {
        return new PendingRepair(organization, subscription, from);
    }
}
