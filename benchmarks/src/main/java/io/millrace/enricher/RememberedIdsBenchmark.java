package io.millrace.enricher;

import io.millrace.event.RawEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to tell a duplicate: a partition's memory that is full, so that the oldest quarter is forgotten time
/// and again. A transaction ends every thousand events.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgs = {"-Xmx4g", "-XX:+UseParallelGC"})
public class RememberedIdsBenchmark {
    private static final long NOW = 1_700_000_000_000L;
    private static final int TRANSACTION = 1000;

    @Param({"1000000", "5000000", "20000000"})
    private int ids;

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("chunks").get();
    // Two, since the event seen last is not hashed again; the key's last bytes make each one anew.
    private final IncomingEvent[] events = {event(), event()};
    private IdMemory memory = memory();
    private int next;
    private long lookUps;

    @Setup
    public void fill() {
        memory = memory();
        for (int i = 0; i < ids; i++) aNewEvent();
    }

    /// Hashed, looked up, remembered, written down.
    @Benchmark
    public long aNewEvent() {
        var id = take(next++);
        long place = memory.contains(id.high(), id.low(), NOW) ? 0 : memory.remember(id.high(), id.low(), NOW);
        if (next % TRANSACTION == 0) memory.write();
        return place;
    }

    /// Hashed and looked up: of the three quarters of the room that are always there, one after the other.
    @Benchmark
    public boolean aDuplicate() {
        int number = next - 1 - (int) (lookUps++ * 7919 % (ids / 4 * 3));
        var id = take(number);
        return memory.contains(id.high(), id.low(), NOW);
    }

    /// Hashed only.
    @Benchmark
    public long aFingerprint() {
        return take(next++).high();
    }

    /// Everything read from its chunks, as a task starts.
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 3)
    @Measurement(iterations = 5)
    public int aStart() {
        return memory().extent().ids();
    }

    @TearDown(Level.Trial)
    public void size() {
        memory.write();
        long bytes = 0;
        try (var chunks = store.all()) {
            while (chunks.hasNext()) bytes += chunks.next().value.length;
        }
        System.out.printf(
                "%n%,d ids: %.1f bytes of heap and %.1f bytes of chunks each%n",
                memory.extent().ids(),
                (double) memory.heapBytes() / memory.extent().ids(),
                (double) bytes / memory.extent().ids());
    }

    private IdMemory memory() {
        return new IdMemory(store, Duration.ofDays(31), Math.max(ids, TRANSACTION));
    }

    private Fingerprint take(int number) {
        var event = events[number & 1];
        ByteBuffer.wrap(event.key()).putInt(event.key().length - Integer.BYTES, number);
        memory.fingerprint().take(event);
        return memory.fingerprint();
    }

    private static IncomingEvent event() {
        var organization = "7bc6c1d2-9a3f-4c59-8d0e-3f1d6a2b9c11";
        var event = RawEvent.newBuilder()
                .setOrganizationId(organization)
                .setExternalSubscriptionId("subscription-0000")
                .setTransactionId("0198c6d2-5f7a-7c31-b1de-54c1f0f6a2bb")
                .setCode("tokens")
                .setTimestamp(Instant.EPOCH)
                .setProperties(Map.of("model", "large", "tokens", "17"))
                .setSource("http")
                .build();
        var key = (organization + "/subscription-0000").getBytes(StandardCharsets.UTF_8);
        return new IncomingEvent(
                key,
                RawEventView.ofWritten(avro(event)),
                new Origin(key, key, 0, 0, NOW),
                IncomingEvent.NOT_REMEMBERED);
    }

    private static byte[] avro(RawEvent event) {
        var bytes = new ByteArrayOutputStream();
        var encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        try {
            new SpecificDatumWriter<>(RawEvent.class).write(event, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
