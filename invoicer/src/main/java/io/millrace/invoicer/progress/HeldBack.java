package io.millrace.invoicer.progress;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Usage that is not billed yet: something was agreed about it that its rows do not show yet.
///
/// @param key such as `acme/sub_1`; the organization's id alone where it may be any of its subscriptions, and
/// empty where it may be any at all
/// @param from event time since which, inclusive; null: since ever
record HeldBack(String key, @Nullable Instant from, Step step) {
    /// Key of any usage.
    static final String ALL = "";

    /// How far the change has come.
    enum Step {
        /// It waits in the outbox.
        UNPUBLISHED("is agreed, but not published"),
        /// It is on its topic, and the enricher has not taken it.
        UNREAD("is published, but the enricher has not read it"),
        /// The enricher has still events to enrich again.
        UNREPAIRED("is known, but the enricher has still to enrich its events again");

        private final String sentence;

        Step(String sentence) {
            this.sentence = sentence;
        }

        /// As in metrics and the API.
        String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    String organizationId() {
        int slash = key.indexOf('/');
        return slash < 0 ? key : key.substring(0, slash);
    }

    /// Null where it may be any of the organization's.
    @Nullable
    String externalSubscriptionId() {
        int slash = key.indexOf('/');
        return slash < 0 ? null : key.substring(slash + 1);
    }

    @Override
    public String toString() {
        return "usage of %s%s is held back: a change of what was agreed about it %s"
                .formatted(
                        key.equals(ALL) ? "all organizations" : key,
                        from == null ? "" : " from " + from,
                        step.sentence);
    }
}
