package io.millrace.rating.aggregation;

import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Writes a state's text: a word with its version, then the fields, each after one blank.
///
/// ```
/// sum/1 3 12.5
/// latest/1 2 2026-03-01T00:00:00Z 17 add 3:7.5     a text follows its length and may hold anything
/// ```
///
/// A field is never taken away or given another meaning; a new form gets a new version, and its reader reads
/// the old one too.
final class StateText {

    private final StringBuilder text;

    /// @param form word and version, such as `sum/1`
    StateText(String form) {
        this.text = new StringBuilder(form);
    }

    StateText with(long number) {
        text.append(' ').append(number);
        return this;
    }

    StateText with(BigDecimal decimal) {
        text.append(' ').append(Quantity.print(decimal));
        return this;
    }

    StateText with(LocalDate day) {
        text.append(' ').append(day);
        return this;
    }

    StateText with(boolean flag) {
        text.append(' ').append(flag ? '1' : '0');
        return this;
    }

    StateText with(String value) {
        text.append(' ').append(value.length()).append(':').append(value);
        return this;
    }

    StateText with(UniqueCount.Presence presence) {
        return with(presence.timestamp()).with(presence.sequence()).with(presence.present());
    }

    StateText with(UsageEvent event) {
        with(event.timestamp()).with(event.sequence());
        text.append(event.operation() == Operation.ADD ? " add" : " remove");
        return with(event.value());
    }

    private StateText with(Instant instant) {
        text.append(' ').append(instant);
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /// Takes the fields of a text in the order in which they were written. Throws `IllegalArgumentException`
    /// where the text is none that [StateText] wrote.
    static final class Reader {
        private static final Pattern DECIMAL = Pattern.compile("-?\\d+(\\.\\d+)?");

        private final String text;
        private int at;

        Reader(String form, String text) {
            this.text = text;
            if (!text.equals(form) && !text.startsWith(form + " ")) {
                throw unreadable(null);
            }
            this.at = form.length();
        }

        long whole() {
            String word = word();
            try {
                return Long.parseLong(word);
            } catch (NumberFormatException e) {
                throw unreadable(e);
            }
        }

        /// Of any size: sums and products have no bounds.
        BigDecimal decimal() {
            String word = word();
            if (!DECIMAL.matcher(word).matches()) {
                throw unreadable(null);
            }
            return new BigDecimal(word);
        }

        LocalDate day() {
            try {
                return LocalDate.parse(word());
            } catch (DateTimeException e) {
                throw unreadable(e);
            }
        }

        boolean flag() {
            return switch (word()) {
                case "1" -> true;
                case "0" -> false;
                default -> throw unreadable(null);
            };
        }

        String text() {
            blank();
            int colon = text.indexOf(':', at);
            try {
                int length = Integer.parseInt(text, at, colon, 10);
                at = Math.addExact(colon + 1, length);
                return text.substring(colon + 1, at);
            } catch (IndexOutOfBoundsException | NumberFormatException | ArithmeticException e) {
                throw unreadable(e);
            }
        }

        UniqueCount.Presence presence() {
            return new UniqueCount.Presence(instant(), whole(), flag());
        }

        UsageEvent event() {
            Instant timestamp = instant();
            long sequence = whole();
            Operation operation = switch (word()) {
                case "add" -> Operation.ADD;
                case "remove" -> Operation.REMOVE;
                default -> throw unreadable(null);
            };
            return new UsageEvent(timestamp, sequence, text(), operation);
        }

        /// True before the last field is taken.
        boolean hasMore() {
            return at < text.length();
        }

        /// Nothing may follow.
        void end() {
            if (hasMore()) {
                throw unreadable(null);
            }
        }

        private Instant instant() {
            try {
                return Instant.parse(word());
            } catch (DateTimeException e) {
                throw unreadable(e);
            }
        }

        private String word() {
            blank();
            int end = text.indexOf(' ', at);
            String word = text.substring(at, end < 0 ? text.length() : end);
            at += word.length();
            return word;
        }

        private void blank() {
            if (at >= text.length() || text.charAt(at) != ' ') {
                throw unreadable(null);
            }
            at++;
        }

        private IllegalArgumentException unreadable(@Nullable Exception cause) {
            return new IllegalArgumentException(
                    "\"%s\" is not the text of this state, at character %d"
                            .formatted(text.length() > 64 ? text.substring(0, 64) + "…" : text, at),
                    cause);
        }
    }
}
