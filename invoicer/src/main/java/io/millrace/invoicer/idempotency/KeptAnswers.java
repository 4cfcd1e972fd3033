package io.millrace.invoicer.idempotency;

import io.micronaut.transaction.TransactionOperations;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Refusal;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// The answers to requests with an idempotency key, kept for a day.
///
/// ```
///  ┌─────────────── one transaction ───────────────┐
///  lock the key ─▶ kept? ─no─▶ route ─▶ keep answer ─▶ answer
///       │            └──yes─▶ answer as it was
///       └─ held by another ─▶ 409
/// ```
///
/// The answer is kept by the transaction that makes the change: after a crash either both are there, or neither, and
/// the lock went with the transaction. A refusal's transaction is rolled back, so it is kept by one of its own; a crash
/// between the two forgets it, and the request is tried afresh. What a route does outside of PostgreSQL, which is to
/// send dead letters again, is safe to do twice.
@Singleton
class KeptAnswers {
    static final Duration KEPT = Duration.ofHours(24);

    /// Old rows that each new one clears away, so that they are fewer and fewer.
    private static final int CLEARED = 10;

    private final TransactionOperations<Connection> transactions;
    private final Clocks clocks;

    KeptAnswers(TransactionOperations<Connection> transactions, Clocks clocks) {
        this.transactions = transactions;
        this.clocks = clocks;
    }

    /// @param isReplayed the answer was given before
    /// @param isKept it will be given again
    record Answered(KeptAnswer answer, boolean isReplayed, boolean isKept) {}

    /// The answer that is kept under the key, or else the route's, which is kept from now on unless it is
    /// [for now][KeptAnswer#isForNow].
    ///
    /// The answer may be another request's: see [KeptAnswer#request].
    ///
    /// @throws Refusal.Conflict while another request runs under the key
    Answered once(UUID organization, String key, Supplier<KeptAnswer> route) {
        var first = transactions.executeWrite(transaction -> {
            lock(transaction.getConnection(), organization, key);
            var known = find(transaction.getConnection(), organization, key);
            if (known.isPresent()) return new Answered(known.get(), true, true);
            var answer = route.get();
            boolean isKept = !answer.isRefusal() && keep(transaction.getConnection(), organization, key, answer);
            if (!isKept) transaction.setRollbackOnly();
            return new Answered(answer, false, isKept);
        });
        if (first.isKept() || first.answer().isForNow()) return first;
        return transactions.executeWrite(transaction -> {
            if (keep(transaction.getConnection(), organization, key, first.answer())) return first;
            // Another request took the key between the two transactions; its answer counts.
            return new Answered(
                    find(transaction.getConnection(), organization, key).orElseThrow(), true, true);
        });
    }

    /// Does not wait; the lock ends with the transaction.
    private static void lock(Connection connection, UUID organization, String key) throws SQLException {
        try (var statement = connection.prepareStatement("select pg_try_advisory_xact_lock(hashtextextended(?, 0))")) {
            statement.setString(1, "idempotency key " + organization + key);
            var row = statement.executeQuery();
            if (!row.next() || !row.getBoolean(1)) throw new Refusal.Conflict("idempotency_key_in_use");
        }
    }

    private Optional<KeptAnswer> find(Connection connection, UUID organization, String key) throws SQLException {
        try (var statement = connection.prepareStatement("""
                select request, status, answer from idempotency_keys
                where organization_id = ? and key = ? and created_at > ?""")) {
            statement.setObject(1, organization);
            statement.setString(2, key);
            statement.setTimestamp(3, oldest());
            var row = statement.executeQuery();
            return row.next()
                    ? Optional.of(new KeptAnswer(row.getString(1), row.getInt(2), row.getBytes(3)))
                    : Optional.empty();
        }
    }

    /// Returns false if another answer is kept under the key.
    private boolean keep(Connection connection, UUID organization, String key, KeptAnswer answer) throws SQLException {
        try (var clear = connection.prepareStatement("""
                delete from idempotency_keys where (organization_id, key) in (
                  select organization_id, key from idempotency_keys where created_at <= ?
                  order by created_at limit ? for update skip locked)""")) {
            clear.setTimestamp(1, oldest());
            clear.setInt(2, CLEARED);
            clear.executeUpdate();
        }
        try (var insert = connection.prepareStatement("""
                insert into idempotency_keys as known (organization_id, key, request, status, answer, created_at)
                values (?, ?, ?, ?, ?, ?)
                on conflict (organization_id, key) do update
                set request = excluded.request, status = excluded.status, answer = excluded.answer,
                    created_at = excluded.created_at
                where known.created_at <= ?""")) {
            insert.setObject(1, organization);
            insert.setString(2, key);
            insert.setString(3, answer.request());
            insert.setInt(4, answer.status());
            insert.setBytes(5, answer.body());
            insert.setTimestamp(6, Timestamp.from(clocks.system()));
            insert.setTimestamp(7, oldest());
            return insert.executeUpdate() > 0;
        }
    }

    private Timestamp oldest() {
        return Timestamp.from(clocks.system().minus(KEPT));
    }
}
