package io.millrace.invoicer.event;

import io.millrace.invoicer.deadletter.DeadLetter;
import org.jspecify.annotations.Nullable;

/// What became of a record of `events_raw`.
sealed interface Fate {
    /// As the API names it.
    String outcome();

    /// It is the one that counts.
    record Enriched(Enrichment enrichment) implements Fate {
        @Override
        public String outcome() {
            return "enriched";
        }
    }

    /// Neither enriched nor refused: it waits for its metric, subscription or plan, or is on its way.
    record Parked() implements Fate {
        @Override
        public String outcome() {
            return "parked";
        }
    }

    /// It counted, and does not any more since a change with effect in the past.
    record Retracted(Enrichment enrichment) implements Fate {
        @Override
        public String outcome() {
            return "retracted";
        }
    }

    record DeadLettered(DeadLetter letter) implements Fate {
        @Override
        public String outcome() {
            return "dead_lettered";
        }
    }

    /// It is not counted: an earlier record of the same event counts, or counted or waited when this one
    /// came.
    ///
    /// @param enrichment null where it was dropped. Else it was enriched as well, at another time than the
    /// first one, whose id was forgotten by then: no bill counts it, but what is paid in advance was
    /// charged
    record Duplicate(Place of, @Nullable Enrichment enrichment) implements Fate {
        @Override
        public String outcome() {
            return "duplicate";
        }
    }

    /// It lay under a wrong key and was sent again under the right one.
    ///
    /// @param to null where it is not known which record that is
    record SentUnderRightKey(@Nullable Place to) implements Fate {
        @Override
        public String outcome() {
            return "sent_under_right_key";
        }
    }
}
