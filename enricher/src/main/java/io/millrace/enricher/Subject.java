package io.millrace.enricher;

import io.millrace.event.EnrichedEvent;
import io.millrace.topic.Keys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Who or what something is agreed about.
///
/// @param key as on its configuration topic, such as `acme/sub_1`
record Subject(Kind kind, String key) {
    enum Kind {
        /// Which subscription and plan are in force under an external id.
        SUBSCRIPTION('s'),
        /// Which charges a plan has, with their filters and groups.
        PLAN('p'),
        /// What a metric measures, and what its filters' wildcards mean.
        METRIC('m');

        /// As it is stored.
        private final byte code;

        Kind(char code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }

        static Kind of(byte code) {
            for (var kind : values()) {
                if (kind.code == code) return kind;
            }
            throw new IllegalArgumentException("no kind has the code " + code);
        }
    }

    static Subject subscription(String key) {
        return new Subject(Kind.SUBSCRIPTION, key);
    }

    static Subject plan(String organizationId, String planId) {
        return new Subject(Kind.PLAN, Keys.plan(organizationId, planId));
    }

    static Subject metric(String organizationId, String code) {
        return new Subject(Kind.METRIC, Keys.metric(organizationId, code));
    }

    /// All that an enriched event was made by.
    static List<Subject> of(EnrichedEvent event) {
        var organization = event.getOrganizationId();
        return List.of(
                subscription(Keys.subscription(organization, event.getExternalSubscriptionId())),
                plan(organization, event.getPlanId()),
                metric(organization, event.getCode()));
    }

    /// What the keys of all events begin with that it may be about: a whole key, or its organization's id.
    String concerned() {
        return kind == Kind.SUBSCRIPTION ? key : organizationId();
    }

    String organizationId() {
        return key.substring(0, key.indexOf('/'));
    }

    /// What follows the organization: an external subscription id, a plan's id or a metric's code.
    String name() {
        return key.substring(key.indexOf('/') + 1);
    }

    byte[] encode() {
        var bytes = key.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + bytes.length).put(kind.code()).put(bytes).array();
    }

    static Subject decode(ByteBuffer bytes) {
        return new Subject(
                Kind.of(bytes.get()), StandardCharsets.UTF_8.decode(bytes).toString());
    }
}
