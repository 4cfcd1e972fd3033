package io.millrace.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketsTest {
    /// A clock near its overflow, which is where `System.nanoTime` may start.
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000_000_000);

    /// Four a second: each is back after 250 ms.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        0 0 0 0           | true 3, true 2, true 1, true 0
        0 0 0 0 0         | true 3, true 2, true 1, true 0, false 0
        0 0 0 0 0 249     | true 3, true 2, true 1, true 0, false 0, false 0
        0 0 0 0 0 250     | true 3, true 2, true 1, true 0, false 0, true 0
        0 0 0 0 600       | true 3, true 2, true 1, true 0, true 1
        0 0 0 0 90000     | true 3, true 2, true 1, true 0, true 3
        0 250 500 750 999 | true 3, true 3, true 3, true 3, true 2
        """)
    void aBucketFillsWithinASecond(String milliseconds, String expected) {
        var buckets = new TokenBuckets(4, now::get);
        long start = now.get();
        var found = new StringBuilder();
        for (var at : milliseconds.split(" ")) {
            now.set(start + Long.parseLong(at) * 1_000_000);
            var taken = buckets.take("key");
            found.append(found.isEmpty() ? "" : ", ")
                    .append(taken.isAllowed())
                    .append(' ')
                    .append(taken.remaining());
            assertThat(taken.limit()).isEqualTo(4);
            assertThat(taken.reset()).isEqualTo(1);
        }
        assertThat(found.toString()).isEqualTo(expected);
        assertThat(buckets.take("another").remaining()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 500})
    void thoseWhoAskAtOnceShareABucket(int limit) throws Exception {
        var buckets = new TokenBuckets(limit, now::get);
        var allowed = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1_000; i++) {
                threads.submit(() -> buckets.take("key").isAllowed() ? allowed.incrementAndGet() : 0);
            }
        }
        assertThat(allowed.get()).isEqualTo(limit);
    }
}
