package io.millrace.embedded;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The C functions of `libchdb.so` (ClickHouse as a library), one Java method each, called through Java's
/// foreign-function API.
///
/// Handles are native addresses: each is freed exactly once, by the method that says so. A connection serves
/// one statement at a time.
final class ClickHouseLibrary {
    private static final int READ_ONLY = 0; // O_RDONLY, on every platform

    private final MethodHandle connect;
    private final MethodHandle close;
    private final MethodHandle query;
    private final MethodHandle streamQuery;
    private final MethodHandle streamFetch;
    private final MethodHandle streamCancel;
    private final MethodHandle streamInsert;
    private final MethodHandle streamAppend;
    private final MethodHandle streamDone;
    private final MethodHandle streamCancelInsert;
    private final MethodHandle streamInsertError;
    private final MethodHandle destroyInsertStream;
    private final MethodHandle destroyResult;
    private final MethodHandle resultBuffer;
    private final MethodHandle resultLength;
    private final MethodHandle resultError;
    private final MethodHandle resultRowsRead;
    private final MethodHandle resultRowsWritten;
    private final MethodHandle resultBytesWritten;

    private ClickHouseLibrary(SymbolLookup symbols) {
        var pointer = ADDRESS;
        connect = function(symbols, "chdb_connect", pointer, JAVA_INT, pointer);
        close = procedure(symbols, "chdb_close_conn", pointer);
        MemoryLayout[] statement = {
            pointer, pointer, JAVA_LONG, pointer, JAVA_LONG, pointer, pointer, pointer, pointer, JAVA_LONG
        };
        query = function(symbols, "chdb_query_with_params_n", pointer, statement);
        streamQuery = function(symbols, "chdb_stream_query_with_params_n", pointer, statement);
        streamFetch = function(symbols, "chdb_stream_fetch_result", pointer, pointer, pointer);
        streamCancel = procedure(symbols, "chdb_stream_cancel_query", pointer, pointer);
        streamInsert = function(symbols, "chdb_stream_insert_with_params_n", pointer, statement);
        streamAppend = function(symbols, "chdb_stream_append", JAVA_INT, pointer, pointer, JAVA_LONG);
        streamDone = function(symbols, "chdb_stream_done", pointer, pointer);
        streamCancelInsert = procedure(symbols, "chdb_stream_cancel_insert", pointer);
        streamInsertError = function(symbols, "chdb_stream_insert_error", pointer, pointer);
        destroyInsertStream = procedure(symbols, "chdb_destroy_insert_stream", pointer);
        destroyResult = procedure(symbols, "chdb_destroy_query_result", pointer);
        resultBuffer = function(symbols, "chdb_result_buffer", pointer, pointer);
        resultLength = function(symbols, "chdb_result_length", JAVA_LONG, pointer);
        resultError = function(symbols, "chdb_result_error", pointer, pointer);
        resultRowsRead = function(symbols, "chdb_result_rows_read", JAVA_LONG, pointer);
        resultRowsWritten = function(symbols, "chdb_result_rows_written", JAVA_LONG, pointer);
        resultBytesWritten = function(symbols, "chdb_result_bytes_written", JAVA_LONG, pointer);
    }

    /// Loads the library once and for all (it cannot be unloaded) with its signal handlers off, as the JVM needs
    /// its own, and with nothing on standard input.
    static ClickHouseLibrary load(Path file) {
        emptyStandardInput();
        var symbols = SymbolLookup.libraryLookup(file, Arena.global());
        var signals = JvmSignals.remember();
        JvmSignals.keepLibraryFromResettingThem(symbols);
        call(procedure(symbols, "chdb_set_signal_handlers_enabled", JAVA_INT), 0);
        signals.restore();
        return new ClickHouseLibrary(symbols);
    }

    /// Puts `/dev/null` in the place of standard input. With each INSERT the library looks there for more rows, and
    /// meanwhile makes it non-blocking for all who read it: a script's own lines would become rows, and another
    /// reader fails.
    private static void emptyStandardInput() {
        var system = Linker.nativeLinker().defaultLookup();
        try (var arena = Arena.ofConfined()) {
            var open = function(system, "open", JAVA_INT, ADDRESS, JAVA_INT);
            var nothing = (int) call(open, arena.allocateFrom("/dev/null"), READ_ONLY);
            if (nothing < 0 || (int) call(function(system, "dup2", JAVA_INT, JAVA_INT, JAVA_INT), nothing, 0) < 0) {
                throw new IllegalStateException("Standard input cannot be replaced by /dev/null");
            }
            call(function(system, "close", JAVA_INT, JAVA_INT), nothing);
        }
    }

    /// A new connection, to be closed; all of a process have the same `--path`, and the first one starts the
    /// engine.
    MemorySegment connect(List<String> arguments) {
        var signals = JvmSignals.remember();
        try (var arena = Arena.ofConfined()) {
            var argv = arena.allocate(ADDRESS, arguments.size());
            for (var i = 0; i < arguments.size(); i++) {
                argv.setAtIndex(ADDRESS, i, arena.allocateFrom(arguments.get(i)));
            }
            var connection = (MemorySegment) call(connect, arguments.size(), argv);
            if (connection.equals(MemorySegment.NULL)) {
                throw new IllegalStateException("ClickHouse did not start with " + arguments
                        + ": another process may use the directory, or it cannot be written");
            }
            return connection.reinterpret(ADDRESS.byteSize());
        } finally {
            signals.restore();
        }
    }

    void close(MemorySegment connection) {
        call(close, connection);
    }

    /// Runs a statement to its end and holds its whole result. The result is to be destroyed.
    MemorySegment query(MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
        return statement(query, connection, sql, format, parameters);
    }

    /// Starts a SELECT whose result is fetched in blocks. The stream is to be destroyed, after a cancel where
    /// it is not at its end.
    MemorySegment streamQuery(MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
        return statement(streamQuery, connection, sql, format, parameters);
    }

    /// The next block, with no bytes at the end. The block is to be destroyed.
    MemorySegment streamFetch(MemorySegment connection, MemorySegment stream) {
        return (MemorySegment) call(streamFetch, handle(connection), stream);
    }

    void streamCancel(MemorySegment connection, MemorySegment stream) {
        call(streamCancel, handle(connection), stream);
    }

    /// Starts an INSERT (without FORMAT clause) whose rows follow in the given format. The stream is to be
    /// destroyed.
    MemorySegment streamInsert(MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
        return statement(streamInsert, connection, sql, format, parameters);
    }

    /// False where the insert has failed already; [#streamDone] then says why.
    boolean streamAppend(MemorySegment stream, byte[] rows, int length) {
        try (var arena = Arena.ofConfined()) {
            return (int) call(streamAppend, stream, copy(arena, rows, length), (long) length) == 0;
        }
    }

    MemorySegment streamDone(MemorySegment stream) {
        return (MemorySegment) call(streamDone, stream);
    }

    void streamCancelInsert(MemorySegment stream) {
        call(streamCancelInsert, stream);
    }

    @Nullable
    String streamInsertError(MemorySegment stream) {
        return text((MemorySegment) call(streamInsertError, stream));
    }

    void destroyInsertStream(MemorySegment stream) {
        call(destroyInsertStream, stream);
    }

    void destroy(MemorySegment result) {
        call(destroyResult, result);
    }

    /// ClickHouse's own text, such as `Code: 60. DB::Exception: …`; null where all is well.
    @Nullable
    String error(MemorySegment result) {
        return text((MemorySegment) call(resultError, result));
    }

    /// The result's bytes in native memory, valid until it is destroyed.
    MemorySegment bytes(MemorySegment result) {
        var length = (long) call(resultLength, result);
        return length == 0 ? MemorySegment.NULL : ((MemorySegment) call(resultBuffer, result)).reinterpret(length);
    }

    long rows(MemorySegment result) {
        return (long) call(resultRowsRead, result);
    }

    long rowsWritten(MemorySegment result) {
        return (long) call(resultRowsWritten, result);
    }

    long bytesWritten(MemorySegment result) {
        return (long) call(resultBytesWritten, result);
    }

    private static MemorySegment statement(
            MethodHandle function,
            MemorySegment connection,
            byte[] sql,
            String format,
            Map<String, String> parameters) {
        try (var arena = Arena.ofConfined()) {
            var count = parameters.size();
            var names = new Texts(arena, count);
            var values = new Texts(arena, count);
            parameters.forEach((name, value) -> {
                names.add(name);
                values.add(value);
            });
            var formatBytes = format.getBytes(StandardCharsets.UTF_8);
            return (MemorySegment) call(
                    function,
                    handle(connection),
                    copy(arena, sql, sql.length),
                    (long) sql.length,
                    copy(arena, formatBytes, formatBytes.length),
                    (long) formatBytes.length,
                    names.pointers,
                    names.lengths,
                    values.pointers,
                    values.lengths,
                    (long) count);
        }
    }

    /// An array of texts with their lengths, as C wants them.
    private static final class Texts {
        private final Arena arena;
        private final MemorySegment pointers;
        private final MemorySegment lengths;
        private int count;

        Texts(Arena arena, int capacity) {
            this.arena = arena;
            pointers = arena.allocate(ADDRESS, Math.max(1, capacity));
            lengths = arena.allocate(JAVA_LONG, Math.max(1, capacity));
        }

        void add(String text) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            pointers.setAtIndex(ADDRESS, count, copy(arena, bytes, bytes.length));
            lengths.setAtIndex(JAVA_LONG, count, bytes.length);
            count++;
        }
    }

    private static MemorySegment copy(Arena arena, byte[] bytes, int length) {
        var copy = arena.allocate(length + 1L);
        MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, length);
        return copy;
    }

    private static MemorySegment handle(MemorySegment connection) {
        return connection.get(ADDRESS, 0);
    }

    private static @Nullable String text(MemorySegment address) {
        return address.equals(MemorySegment.NULL)
                ? null
                : address.reinterpret(Long.MAX_VALUE).getString(0);
    }

    static MethodHandle function(SymbolLookup symbols, String name, MemoryLayout result, MemoryLayout... parameters) {
        return Linker.nativeLinker()
                .downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(result, parameters));
    }

    private static MethodHandle procedure(SymbolLookup symbols, String name, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.ofVoid(parameters));
    }

    @SuppressWarnings("NullAway") // null only from procedures, whose result nobody reads
    static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
