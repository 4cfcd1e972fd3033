package io.millrace.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The generated month is disorderly enough to prove something.
class TrafficTest {
    private final PriceList prices = PriceList.aiVendor();
    private final Traffic traffic = Traffic.of(prices, 50_000, 20260301);

    @Test
    void theSameSeedGivesTheSameTraffic() {
        assertThat(Traffic.of(prices, 50_000, 20260301)).isEqualTo(traffic);
    }

    @Test
    void onePercentAreDuplicates() {
        var different = new HashSet<>(traffic.usages());
        assertThat(traffic.usages()).hasSize(50_000);
        assertThat(traffic.usages().size() - different.size()).isEqualTo(traffic.duplicates());
        assertThat(traffic.duplicates()).isBetween(400, 600);
    }

    @Test
    void duplicatesComeByTheOtherWayToo() {
        var ways = new HashMap<Usage, Set<Integer>>();
        for (int i = 0; i < traffic.usages().size(); i++) {
            // Every other event goes by HTTP, the rest straight to Kafka.
            ways.computeIfAbsent(traffic.usages().get(i), _ -> new HashSet<>()).add(i % 2);
        }
        assertThat(ways.values().stream().filter(both -> both.size() == 2).count())
                .isGreaterThan(100);
    }

    @Test
    void everyMetricOfEveryPlanIsUsedAndSomeEventsCannotBeBilled() {
        var bill = ReferenceBiller.bill(prices, traffic.usages());
        for (var agreement : prices.agreements().values()) {
            for (var charge : agreement.plan().charges()) {
                for (var model : charge.byModel().keySet()) {
                    assertThat(bill.keySet())
                            .anyMatch(line -> line.subscription()
                                            .equals(agreement.subscription().externalId())
                                    && line.code().equals(charge.metric())
                                    && line.model().equals(model));
                }
            }
        }
        assertThat(traffic.usages()).anyMatch(usage -> usage.code().equals("no_such_metric"));
        assertThat(traffic.usages())
                .anyMatch(usage -> usage.externalSubscriptionId().startsWith("nobody"));
        assertThat(traffic.usages())
                .anyMatch(usage -> "a lot".equals(usage.properties().get("tokens")));
    }
}
