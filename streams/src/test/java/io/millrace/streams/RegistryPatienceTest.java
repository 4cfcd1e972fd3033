package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.embedded.InMemoryRegistry;
import io.millrace.registry.RegistryUnavailableException;
import io.millrace.topic.Topics;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RegistryPatienceTest {
    private final InMemoryRegistry registry = new InMemoryRegistry();

    @Test
    void anOutageIsWaitedOut() {
        registry.goSilentFor(3);

        assertThat(new RegistryPatience(Duration.ofMinutes(1))
                        .ask(() -> registry.register("events_raw-value", Topics.EVENTS_RAW.value())))
                .isPositive();
    }

    @Test
    void aLongOutageFailsTheTaskInsteadOfTheRecord() {
        registry.goSilentFor(Integer.MAX_VALUE);

        assertThatThrownBy(() -> new RegistryPatience(Duration.ofMillis(100)).ask(() -> registry.byId(1)))
                .isInstanceOf(RegistryUnavailableException.class);
    }
}
