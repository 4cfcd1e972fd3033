package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/// What was remembered and freed, written down in order: 16 bytes for each id, many ids to a record.
///
/// ```
///   key     quarter's beginning, 8 bytes │ number in the quarter, 4 bytes
///   value   version, 1 byte │ where gaps end, 8 bytes │ entry │ entry │ …
///   entry   fingerprint, 15 bytes │ what became of it, 1 byte
/// ```
///
/// The last chunk is open. It is written with each transaction that adds to it, until it has enough entries to be
/// closed: so a thousand small transactions leave no thousand records.
final class Chunks {
    static final byte REMEMBERED = 1;
    static final byte FREED = 2;

    static final long NO_GAPS = 0;

    /// 256 KiB: far below what a broker takes.
    static final int ENTRIES_AT_MOST = 16 * 1024;
    /// Half a KiB is written again with a small transaction, and not more.
    static final int ENTRIES_OF_A_CLOSED_ONE = 32;

    private static final byte VERSION = 1;
    private static final int GAPS_END = 1;
    private static final int HEADER = 1 + Long.BYTES;
    private static final int ENTRY = 2 * Long.BYTES;
    private static final int KEY = Long.BYTES + Integer.BYTES;

    private final KeyValueStore<Bytes, byte[]> store;
    private long quarter;
    private int number;
    private long gapsEnd;
    private ByteBuffer open = ByteBuffer.allocate(HEADER + ENTRIES_OF_A_CLOSED_ONE * ENTRY);
    private int writtenUpTo;

    Chunks(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        reset(0);
    }

    /// Takes up what chunks say, from the first entry to the last.
    interface Reader {
        /// A chunk begins.
        ///
        /// @param quarter when its quarter began
        void chunk(long quarter);

        void entry(byte what, long high, long low);
    }

    /// Reads all there are; what is appended then goes on after the last one.
    void read(Reader reader) {
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                var chunk = all.next();
                var key = ByteBuffer.wrap(chunk.key.get());
                quarter = key.getLong();
                number = key.getInt();
                open = ByteBuffer.wrap(chunk.value.clone()); // the store's own, which must not change
                byte version = open.get();
                if (version != VERSION) throw new IllegalStateException("remembered ids of version " + version);
                gapsEnd = open.getLong();
                reader.chunk(quarter);
                while (open.hasRemaining()) {
                    long high = open.getLong();
                    long lowAndWhat = open.getLong();
                    reader.entry((byte) lowAndWhat, high, lowAndWhat);
                }
            }
        }
        writtenUpTo = open.position();
        closeIfFilled();
    }

    /// Begins a quarter's first chunk.
    ///
    /// @param quarter when it began; later than any before
    void begin(long quarter) {
        write();
        this.quarter = quarter;
        reset(0);
    }

    /// How many chunks the present quarter has.
    int count() {
        return open.position() == HEADER ? number : number + 1;
    }

    /// Since when no id has been forgotten before its time, stream time; [#NO_GAPS] where none ever was.
    long gapsEnd() {
        return gapsEnd;
    }

    /// Kept with what is appended next.
    void setGapsEnd(long gapsEnd) {
        this.gapsEnd = gapsEnd;
    }

    void append(byte what, long high, long low) {
        if (open.remaining() < ENTRY) grow();
        open.putLong(high).putLong(low & ~0xffL | what);
        if (open.position() == HEADER + ENTRIES_AT_MOST * ENTRY) write();
    }

    /// Writes down what was appended since the last time.
    void write() {
        if (open.position() == writtenUpTo) return;
        open.put(0, VERSION).putLong(GAPS_END, gapsEnd);
        store.put(key(quarter, number), Arrays.copyOf(open.array(), open.position()));
        writtenUpTo = open.position();
        closeIfFilled();
    }

    /// Deletes the chunks of a quarter.
    void delete(long quarter, int count) {
        if (quarter == this.quarter) reset(number);
        for (int i = 0; i < count; i++) store.put(key(quarter, i), null);
    }

    private void closeIfFilled() {
        if (open.position() >= HEADER + ENTRIES_OF_A_CLOSED_ONE * ENTRY) reset(number + 1);
    }

    private void reset(int number) {
        this.number = number;
        open.clear().position(HEADER);
        writtenUpTo = HEADER;
    }

    private void grow() {
        var larger = ByteBuffer.allocate(HEADER
                + Math.min(ENTRIES_AT_MOST, 2 * (open.position() - HEADER) / ENTRY + 1) * ENTRY);
        open = larger.put(open.flip());
    }

    private static Bytes key(long quarter, int number) {
        return Bytes.wrap(
                ByteBuffer.allocate(KEY).putLong(quarter).putInt(number).array());
    }
}
