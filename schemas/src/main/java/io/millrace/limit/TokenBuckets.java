package io.millrace.limit;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/// How often each of many may ask: a bucket of tokens each, full at first and filled again within a second, in
/// the memory of this process alone. Of each it remembers one number, so names should be of those that are known.
public final class TokenBuckets {
    private static final long SECOND = 1_000_000_000;

    private final int perSecond;
    private final long cost; // of one request, in nanoseconds of refilling
    private final LongSupplier clock;
    /// When each bucket will be full again, in the clock's nanoseconds.
    private final ConcurrentMap<String, Long> fullAt = new ConcurrentHashMap<>();

    /// @param perSecond how often, and how many at once; from 1 to 10,000 to 10,000
    /// @param clock nanoseconds, such as `System::nanoTime`
    public TokenBuckets(int perSecond, LongSupplier clock) {
        if (perSecond < 1) throw new IllegalArgumentException("a limit is at least 1, not " + perSecond);
        this.perSecond = perSecond;
        this.cost = SECOND / perSecond;
        this.clock = clock;
    }

    /// What a request found in its bucket.
    ///
    /// @param isAllowed false where the bucket was empty: nothing was taken
    /// @param limit a full bucket
    /// @param remaining whole tokens that are left
    /// @param reset seconds until the bucket is full, rounded up
    public record Taken(boolean isAllowed, int limit, int remaining, int reset) {
        /// What an answer tells its client of it.
        public Map<String, String> headers() {
            return Map.of(
                    "X-RateLimit-Limit", Integer.toString(limit),
                    "X-RateLimit-Remaining", Integer.toString(remaining),
                    "X-RateLimit-Reset", Integer.toString(reset));
        }
    }

    public Taken take(String name) {
        long now = clock.getAsLong();
        var allowed = new boolean[1];
        long full = fullAt.compute(name, (ignored, known) -> {
            long from = known == null || known - now < 0 ? now : known;
            allowed[0] = from + cost - now <= SECOND;
            return allowed[0] ? from + cost : from;
        });
        long missing = full - now;
        int remaining = (int) Math.clamp((SECOND - missing) / cost, 0L, perSecond);
        return new Taken(allowed[0], perSecond, remaining, (int) Math.ceilDiv(missing, SECOND));
    }
}
