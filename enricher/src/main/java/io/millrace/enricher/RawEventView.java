package io.millrace.enricher;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A raw event read where it lies: where each field stands in the bytes of its record, of which none is copied to
/// look at another.
///
/// ```
/// organization_id │ external_subscription_id │ transaction_id │ code │ timestamp │ properties │ price │ source
/// └──────────────────────────────── head ────────────────────────────────┘
/// ```
///
/// Derived records begin with the same five fields and carry the same properties, so they are written by copying
/// these stretches.
///
/// There is a view only of bytes that mean to Avro exactly what they show here: whole, nothing left over, every
/// text in UTF-8, no property twice. Others take Avro's own way ([RawEventReader]).
final class RawEventView {
    /// Beyond this, looking for a property that is there twice would take longer than Avro takes.
    private static final int PROPERTIES_AT_MOST = 64;
    /// Name from, name to, value from, value to.
    private static final int INTS_A_PROPERTY = 4;

    private static final int[] NONE = {};
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long BEYOND_ASCII = 0x8080808080808080L;

    private final byte[] bytes;
    private final int from;
    private final int propertiesAtMost;
    private int at;
    private int textFrom;

    private int organizationFrom;
    private int organizationTo;
    private int subscriptionFrom;
    private int subscriptionTo;
    private int transactionFrom;
    private int transactionTo;
    private int codeFrom;
    private int codeTo;
    private long timestamp;
    private int headTo;
    private int[] entries = NONE;
    private int propertiesTo;
    private int priceFrom;
    private int priceTo;
    private int sourceFrom;

    private RawEventView(byte[] bytes, int from, int propertiesAtMost) {
        this.bytes = bytes;
        this.from = from;
        this.at = from;
        this.propertiesAtMost = propertiesAtMost;
    }

    /// The view of a value of `raw_event.avsc` as this version knows it.
    ///
    /// @param from where the value begins; it goes to the end of the bytes
    /// @return null where only Avro can say what the bytes are
    static @Nullable RawEventView of(byte[] bytes, int from) {
        return of(bytes, from, PROPERTIES_AT_MOST);
    }

    /// The view of a value that Avro has just written.
    static RawEventView ofWritten(byte[] bytes) {
        return Objects.requireNonNull(of(bytes, 0, Integer.MAX_VALUE), "what Avro wrote cannot be read");
    }

    private static @Nullable RawEventView of(byte[] bytes, int from, int propertiesAtMost) {
        var view = new RawEventView(bytes, from, propertiesAtMost);
        try {
            return view.read() ? view : null;
        } catch (IndexOutOfBoundsException e) {
            return null;
        }
    }

    private boolean read() {
        if (!readText()) return false;
        organizationFrom = textFrom;
        organizationTo = at;
        if (!readText()) return false;
        subscriptionFrom = textFrom;
        subscriptionTo = at;
        if (!readText()) return false;
        transactionFrom = textFrom;
        transactionTo = at;
        if (!readText()) return false;
        codeFrom = textFrom;
        codeTo = at;
        timestamp = readNumber();
        headTo = at;
        if (!readProperties()) return false;
        propertiesTo = at;
        long branch = readNumber();
        if (branch == 1) {
            if (!readText()) return false;
            priceFrom = textFrom;
            priceTo = at;
        } else if (branch != 0) {
            return false;
        }
        sourceFrom = at;
        return readText() && at == bytes.length;
    }

    /// Avro's zigzag number of variable length.
    private long readNumber() {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = bytes[at++];
            number |= (next & 0x7fL) << shift;
            if (next >= 0) return (number >>> 1) ^ -(number & 1);
        }
        throw new IndexOutOfBoundsException("a number without end");
    }

    /// Moves behind a text; false where it is not UTF-8.
    private boolean readText() {
        long length = readNumber();
        if (length < 0 || length > bytes.length - at) throw new IndexOutOfBoundsException("a text beyond the end");
        textFrom = at;
        at += (int) length;
        int i = textFrom;
        for (; i + Long.BYTES <= at; i += Long.BYTES) {
            if (((long) EIGHT_BYTES.get(bytes, i) & BEYOND_ASCII) != 0) return isUtf8(textFrom, at);
        }
        for (; i < at; i++) {
            if (bytes[i] < 0) return isUtf8(textFrom, at);
        }
        return true;
    }

    private boolean isUtf8(int start, int end) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, end - start));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private boolean readProperties() {
        int end = 0;
        for (long count = readNumber(); count != 0; count = readNumber()) {
            if (count < 0) {
                count = -count;
                readNumber(); // the block's size in bytes, for those who skip it
            }
            if (count < 0 || count > propertiesAtMost - end / INTS_A_PROPERTY) return false;
            entries = Arrays.copyOf(entries, end + (int) count * INTS_A_PROPERTY);
            for (long i = 0; i < count; i++) {
                if (!readText()) return false;
                int nameFrom = textFrom;
                int nameTo = at;
                if (isThere(nameFrom, nameTo, end) || !readText()) return false;
                entries[end++] = nameFrom;
                entries[end++] = nameTo;
                entries[end++] = textFrom;
                entries[end++] = at;
            }
        }
        return true;
    }

    private boolean isThere(int nameFrom, int nameTo, int end) {
        for (int i = 0; i < end; i += INTS_A_PROPERTY) {
            if (Arrays.equals(bytes, entries[i], entries[i + 1], bytes, nameFrom, nameTo)) return true;
        }
        return false;
    }

    /// The same event with a property set, whether or not it was there.
    RawEventView with(String name, String value) {
        var properties = new LinkedHashMap<>(properties());
        properties.put(name, value);
        var writer = new AvroWriter().part().bytes(bytes, from, headTo).texts(properties);
        return ofWritten(writer.bytes(bytes, propertiesTo, bytes.length).toByteArray());
    }

    String organizationId() {
        return textAt(organizationFrom, organizationTo);
    }

    String externalSubscriptionId() {
        return textAt(subscriptionFrom, subscriptionTo);
    }

    String transactionId() {
        return textAt(transactionFrom, transactionTo);
    }

    String code() {
        return textAt(codeFrom, codeTo);
    }

    /// Of the bytes of the code.
    int codeHash() {
        return hash(bytes, codeFrom, codeTo);
    }

    /// The same, of a code in UTF-8.
    static int codeHash(byte[] code) {
        return hash(code, 0, code.length);
    }

    /// True where these bytes are the event's code.
    boolean hasCode(byte[] code) {
        return Arrays.equals(bytes, codeFrom, codeTo, code, 0, code.length);
    }

    /// Event time, microseconds since 1970 UTC.
    long timestampMicros() {
        return timestamp;
    }

    Instant timestamp() {
        return Instant.EPOCH.plus(timestamp, ChronoUnit.MICROS);
    }

    /// The price that the producer set, as it came; null where it set none.
    @Nullable
    String preciseTotalAmountCents() {
        return priceTo == 0 ? null : textAt(priceFrom, priceTo);
    }

    /// A property as text, or null where the event has none of this name.
    @Nullable
    String property(String name) {
        for (int i = 0; i < entries.length; i += INTS_A_PROPERTY) {
            if (isText(name, entries[i], entries[i + 1])) return textAt(entries[i + 2], entries[i + 3]);
        }
        return null;
    }

    /// The properties, read when they are asked for.
    Map<String, String> properties() {
        return new Properties();
    }

    /// True where one of the fields that make up the identity or name the metric is empty.
    boolean lacksOrganization() {
        return organizationFrom == organizationTo;
    }

    boolean lacksSubscription() {
        return subscriptionFrom == subscriptionTo;
    }

    boolean lacksTransaction() {
        return transactionFrom == transactionTo;
    }

    boolean lacksCode() {
        return codeFrom == codeTo;
    }

    /// The subscription's key, as on every event topic.
    byte[] key() {
        int organization = organizationTo - organizationFrom;
        int subscription = subscriptionTo - subscriptionFrom;
        var key = new byte[organization + 1 + subscription];
        System.arraycopy(bytes, organizationFrom, key, 0, organization);
        key[organization] = '/';
        System.arraycopy(bytes, subscriptionFrom, key, organization + 1, subscription);
        return key;
    }

    /// True where these bytes are the subscription's key.
    boolean hasKey(byte @Nullable [] key) {
        int organization = organizationTo - organizationFrom;
        return key != null
                && key.length > organization
                && key[organization] == '/'
                && Arrays.equals(bytes, organizationFrom, organizationTo, key, 0, organization)
                && Arrays.equals(bytes, subscriptionFrom, subscriptionTo, key, organization + 1, key.length);
    }

    /// True where the organization's id holds a slash, which would make the key ambiguous.
    boolean hasSlashInOrganization() {
        for (int i = organizationFrom; i < organizationTo; i++) {
            if (bytes[i] == '/') return true;
        }
        return false;
    }

    /// Appends the fields from the organization to the timestamp.
    void writeHead(AvroWriter to) {
        to.bytes(bytes, from, headTo);
    }

    /// Appends the properties.
    void writeProperties(AvroWriter to) {
        to.bytes(bytes, headTo, propertiesTo);
    }

    /// Appends the source, the last field.
    void writeSource(AvroWriter to) {
        to.bytes(bytes, sourceFrom, bytes.length);
    }

    /// Bytes of the transaction id.
    int transactionLength() {
        return transactionTo - transactionFrom;
    }

    /// Copies the transaction id's bytes to a place among others.
    void copyTransaction(byte[] to, int at) {
        System.arraycopy(bytes, transactionFrom, to, at, transactionLength());
    }

    private String textAt(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) hash = 31 * hash + bytes[i];
        return hash ^ hash >>> 16;
    }

    private boolean isText(String text, int start, int end) {
        int length = end - start;
        if (text.length() > length) return false; // no character is less than a byte
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) return text.equals(textAt(start, end));
            if (c != bytes[start + i]) return false;
        }
        return text.length() == length;
    }

    private final class Properties extends AbstractMap<String, String> {
        @Override
        public @Nullable String get(Object name) {
            return name instanceof String text ? property(text) : null;
        }

        @Override
        public boolean containsKey(Object name) {
            return get(name) != null;
        }

        @Override
        public String getOrDefault(Object name, String otherwise) {
            var value = get(name);
            return value == null ? otherwise : value;
        }

        @Override
        public int size() {
            return entries.length / INTS_A_PROPERTY;
        }

        @Override
        public Set<Entry<String, String>> entrySet() {
            var all = LinkedHashMap.<String, String>newLinkedHashMap(size());
            for (int i = 0; i < entries.length; i += INTS_A_PROPERTY) {
                all.put(textAt(entries[i], entries[i + 1]), textAt(entries[i + 2], entries[i + 3]));
            }
            return all.entrySet();
        }
    }
}
