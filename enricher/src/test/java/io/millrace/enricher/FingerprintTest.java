package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.InMemoryRegistry;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class FingerprintTest {
    private final Fingerprint fingerprint = new Fingerprint();

    @Test
    void itIsTheBeginningOfTheHashOfTheIdentity() throws Exception {
        var hash = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256")
                .digest("\0\0\0\nacme/sub_1e-ünicode".getBytes(StandardCharsets.UTF_8)));

        fingerprint.take(event("acme", "sub_1", "e-ünicode"));

        assertThat(fingerprint.high()).isEqualTo(hash.getLong());
        assertThat(fingerprint.low()).isEqualTo(hash.getLong());
    }

    @Test
    void identitiesThatLookAlikeWhenGluedTogetherDiffer() {
        var prints = new HashSet<Long>();
        for (var event : new IncomingEvent[] {
            event("acme", "s", "ub"), event("acme", "su", "b"), event("acme", "sub", ""), event("acm", "e/s", "ub")
        }) {
            fingerprint.take(event);
            prints.add(fingerprint.high());
        }
        assertThat(prints).hasSize(4);
    }

    @Test
    void itDependsOnNothingElse() {
        var event = event("acme", "sub_1", "e1");
        fingerprint.take(event);
        long high = fingerprint.high();
        fingerprint.take(event("acme", "sub_1", "e2"));
        assertThat(fingerprint.high()).isNotEqualTo(high);
        fingerprint.take(event.remembered(7));
        assertThat(fingerprint.high()).isEqualTo(high);
    }

    private static IncomingEvent event(String organization, String subscription, String transaction) {
        var raw = Bench.event(transaction)
                .setOrganizationId(organization)
                .setExternalSubscriptionId(subscription)
                .build();
        return new IncomingEvent(
                Keys.subscription(organization, subscription).getBytes(StandardCharsets.UTF_8),
                view(raw),
                new Origin(null, new byte[0], 0, 0, 0),
                IncomingEvent.NOT_REMEMBERED);
    }

    private static RawEventView view(RawEvent event) {
        var bytes = new AvroSerializer<RawEvent>(new InMemoryRegistry(), Topics.EVENTS_RAW).serialize("", event);
        return RawEventView.of(bytes, 5);
    }
}
