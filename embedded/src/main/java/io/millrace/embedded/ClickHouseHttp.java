package io.millrace.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// ClickHouse's HTTP interface, as far as its official drivers use it: statement in `query` and body,
/// database, settings, parameters, formats, errors with their codes, summaries. Nothing is compressed, and
/// there are no sessions.
final class ClickHouseHttp implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ClickHouseHttp.class);

    // Parameters of the interface itself; every other one is a setting of the statement.
    private static final Set<String> NO_SETTINGS = Set.of(
            "query",
            "database",
            "default_format",
            "query_id",
            "user",
            "password",
            "quota_key",
            "role",
            "session_id",
            "session_timeout",
            "session_check",
            "compress",
            "decompress",
            "buffer_size",
            "wait_end_of_query",
            "stacktrace",
            "client_protocol_version",
            "enable_http_compression",
            "http_zlib_compression_level",
            "send_progress_in_http_headers",
            "close_session");

    private static final Pattern LEADING_COMMENTS =
            Pattern.compile("^(?:\\s+|--[^\\n]*\\n|#[^\\n]*\\n|/\\*.*?\\*/|\\()+", Pattern.DOTALL);
    private static final Pattern INSERT_WITH_FORMAT = Pattern.compile(
            "^(\\s*INSERT\\s.*?)\\s+FORMAT\\s+(\\w+)\\s*;?\\s*$", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    private static final Pattern FORMAT_CLAUSE = Pattern.compile("\\bFORMAT\\s+\\w+", Pattern.CASE_INSENSITIVE);
    private static final String WITH_HEADER = "RowBinaryWithNamesAndTypes";
    // Formats whose result is its blocks one after the other; the library writes the header of the drivers'
    // format before each block.
    private static final Set<String> STREAMED =
            Set.of(WITH_HEADER, "RowBinary", "Native", "TabSeparated", "CSV", "JSONEachRow");

    // What a result may hold here before its answer starts; a larger one is streamed.
    private static final int HELD_BYTES = 1 << 20;

    private final ClickHouseLibrary library;
    private final ClickHouseConnections connections;
    private final HttpServer server;
    // Platform threads: a native call would pin a virtual thread's carrier for as long as the statement takes.
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("clickhouse-http-", 0).daemon().factory());

    ClickHouseHttp(ClickHouseLibrary library, ClickHouseConnections connections, int port) throws IOException {
        this.library = library;
        this.connections = connections;
        server = HttpServers.create(port);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }

    private void answer(HttpExchange exchange) throws IOException {
        if (exchange.getRequestURI().getPath().equals("/ping")) {
            send(exchange, 200, "Ok.\n".getBytes(UTF_8));
        } else {
            try {
                execute(exchange, parameters(exchange));
            } catch (ClickHouseException e) {
                exchange.getResponseHeaders().set("X-ClickHouse-Exception-Code", Integer.toString(e.code()));
                send(exchange, 500, (e.text() + "\n").getBytes(UTF_8));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            } catch (RuntimeException e) {
                log.warn("ClickHouse's HTTP interface failed on a request", e);
                throw e;
            }
        }
        // Not where something was thrown: the server then cuts the connection, so that half an answer is not
        // taken for a whole one.
        exchange.close();
    }

    private static Map<String, String> parameters(HttpExchange exchange) {
        var parameters = new LinkedHashMap<String, String>();
        var query = exchange.getRequestURI().getRawQuery();
        if (query != null) {
            for (var pair : query.split("&", -1)) {
                if (pair.isEmpty()) {
                    continue;
                }
                var parts = pair.split("=", 2);
                parameters.put(
                        URLDecoder.decode(parts[0], UTF_8),
                        parts.length == 2 ? URLDecoder.decode(parts[1], UTF_8) : "");
            }
        }
        return parameters;
    }

    private void execute(HttpExchange exchange, Map<String, String> url)
            throws IOException, InterruptedException, ClickHouseException {
        for (var compression : List.of("compress", "decompress")) {
            if (url.getOrDefault(compression, "0").equals("1")) {
                throw new ClickHouseException("Code: 48. DB::Exception: The embedded engine does not compress:"
                        + " set the connection's property compress=false. (NOT_IMPLEMENTED)");
            }
        }
        var settings = new LinkedHashMap<String, String>();
        var bound = new LinkedHashMap<String, String>();
        url.forEach((name, value) -> {
            if (name.startsWith("param_")) {
                bound.put(name.substring("param_".length()), value);
            } else if (!NO_SETTINGS.contains(name)) {
                settings.put(name, value);
            }
        });
        var format = firstNonBlank(
                exchange.getRequestHeaders().getFirst("X-ClickHouse-Format"),
                url.get("default_format"),
                "TabSeparated");
        var database =
                firstNonBlank(url.get("database"), exchange.getRequestHeaders().getFirst("X-ClickHouse-Database"), "");
        var started = System.nanoTime();
        var headers = exchange.getResponseHeaders();
        headers.set("X-ClickHouse-Format", format);
        headers.set("X-ClickHouse-Timezone", "UTC");
        headers.set("X-ClickHouse-Server-Display-Name", "millrace");
        var id = firstNonBlank(url.get("query_id"), exchange.getRequestHeaders().getFirst("X-ClickHouse-Query-Id"), "");
        if (!id.isEmpty()) {
            headers.set("X-ClickHouse-Query-Id", id);
        }

        var query = url.getOrDefault("query", "");
        var insert = INSERT_WITH_FORMAT.matcher(query);
        try (var lease = connections.lease(database, settings)) {
            if (insert.matches()) {
                var rows = insert(lease.handle(), insert.group(1), insert.group(2), bound, exchange);
                summarize(exchange, rows, 0, started);
                send(exchange, 200, new byte[0]);
                return;
            }
            var sql = new ByteArrayOutputStream();
            if (!query.isEmpty()) {
                sql.writeBytes((query + "\n").getBytes(UTF_8));
            }
            exchange.getRequestBody().transferTo(sql);
            var statement = sql.toByteArray();
            if (!isStreamable(statement, format)
                    || !stream(exchange, lease.handle(), statement, format, bound, started)) {
                materialize(exchange, lease.handle(), statement, format, bound, started);
            }
        }
    }

    /// Rows written, with those that views wrote.
    private Written insert(
            MemorySegment connection, String sql, String format, Map<String, String> bound, HttpExchange exchange)
            throws IOException, ClickHouseException {
        var stream = library.streamInsert(connection, sql.getBytes(UTF_8), format, bound);
        try {
            ClickHouseException.check(library.streamInsertError(stream));
            var chunk = new byte[HELD_BYTES];
            try {
                for (var length = 0; (length = exchange.getRequestBody().readNBytes(chunk, 0, chunk.length)) > 0; ) {
                    if (!library.streamAppend(stream, chunk, length)) {
                        break;
                    }
                }
            } catch (IOException | RuntimeException e) {
                library.streamCancelInsert(stream);
                throw e;
            }
            var result = library.streamDone(stream);
            try {
                ClickHouseException.check(library.error(result));
                return new Written(library.rowsWritten(result), library.bytesWritten(result));
            } finally {
                library.destroy(result);
            }
        } finally {
            library.destroyInsertStream(stream);
        }
    }

    private record Written(long rows, long bytes) {
        static final Written NOTHING = new Written(0, 0);
    }

    private void materialize(
            HttpExchange exchange,
            MemorySegment connection,
            byte[] sql,
            String format,
            Map<String, String> bound,
            long started)
            throws IOException, ClickHouseException {
        var result = library.query(connection, sql, format, bound);
        try {
            ClickHouseException.check(library.error(result));
            var bytes = library.bytes(result);
            summarize(
                    exchange,
                    new Written(library.rowsWritten(result), library.bytesWritten(result)),
                    // Drivers take a result of no rows for none at all, and a count of rows is not known of
                    // every statement.
                    bytes.byteSize() == 0 ? 0 : Math.max(1, library.rows(result)),
                    started);
            exchange.sendResponseHeaders(200, bytes.byteSize() == 0 ? -1 : bytes.byteSize());
            try (var body = exchange.getResponseBody()) {
                copy(bytes, body);
            }
        } finally {
            library.destroy(result);
        }
    }

    /// False where the statement must be run in one piece: it is none that can be streamed, or it has no rows
    /// (and so no header of columns).
    private boolean stream(
            HttpExchange exchange,
            MemorySegment connection,
            byte[] sql,
            String format,
            Map<String, String> bound,
            long started)
            throws IOException, ClickHouseException {
        var stream = library.streamQuery(connection, sql, format, bound);
        var atEnd = true;
        try {
            var refusal = library.error(stream);
            if (refusal != null && refusal.contains("Streaming query is not supported")) {
                return false; // said before anything ran
            }
            ClickHouseException.check(refusal);
            atEnd = false;
            var held = new ByteArrayOutputStream();
            var rows = 0L;
            OutputStream body = null;
            while (!atEnd) {
                var block = library.streamFetch(connection, stream);
                try {
                    atEnd = true;
                    ClickHouseException.check(library.error(block));
                    var bytes = library.bytes(block);
                    rows += library.rows(block);
                    atEnd = bytes.byteSize() == 0;
                    var isFirst = body == null && held.size() == 0;
                    copy(
                            isFirst || !format.equals(WITH_HEADER) ? bytes : withoutHeader(bytes),
                            body == null ? held : body);
                } catch (ClickHouseException e) {
                    if (body == null) {
                        throw e;
                    }
                    // The answer has begun: only its missing end can tell.
                    throw new IOException(e);
                } finally {
                    library.destroy(block);
                }
                if (body == null && held.size() > HELD_BYTES) {
                    summarize(exchange, Written.NOTHING, Math.max(1, rows), started);
                    exchange.sendResponseHeaders(200, 0);
                    body = exchange.getResponseBody();
                    held.writeTo(body);
                    held = new ByteArrayOutputStream();
                }
            }
            if (body != null) {
                body.close();
                return true;
            }
            if (held.size() == 0) {
                return false;
            }
            summarize(exchange, Written.NOTHING, Math.max(1, rows), started);
            send(exchange, 200, held.toByteArray());
            return true;
        } finally {
            if (!atEnd) {
                library.streamCancel(connection, stream);
            }
            library.destroy(stream);
        }
    }

    private static boolean isStreamable(byte[] sql, String format) {
        var text = new String(sql, UTF_8);
        var comments = LEADING_COMMENTS.matcher(text);
        var start = comments.lookingAt() ? comments.end() : 0;
        return STREAMED.contains(format)
                && (text.regionMatches(true, start, "SELECT", 0, 6) || text.regionMatches(true, start, "WITH", 0, 4))
                && !FORMAT_CLAUSE.matcher(text).find();
    }

    /// A block in `RowBinaryWithNamesAndTypes` without the names and types that it starts with: their number,
    /// then as many texts of each.
    private static MemorySegment withoutHeader(MemorySegment block) {
        if (block.byteSize() == 0) {
            return block;
        }
        var at = new Position();
        var texts = 2 * at.number(block);
        for (var i = 0L; i < texts; i++) {
            var length = at.number(block);
            at.offset += length;
        }
        return block.asSlice(at.offset);
    }

    private static final class Position {
        private long offset;

        /// LEB128, as in the format's lengths.
        long number(MemorySegment block) {
            var number = 0L;
            for (var shift = 0; ; shift += 7) {
                var b = block.get(ValueLayout.JAVA_BYTE, offset++);
                number |= (long) (b & 0x7F) << shift;
                if (b >= 0) {
                    return number;
                }
            }
        }
    }

    private static void summarize(HttpExchange exchange, Written written, long resultRows, long started) {
        exchange.getResponseHeaders()
                .set(
                        "X-ClickHouse-Summary",
                        "{\"read_rows\":\"0\",\"read_bytes\":\"0\",\"written_rows\":\"%d\",\"written_bytes\":\"%d\",\"total_rows_to_read\":\"0\",\"result_rows\":\"%d\",\"result_bytes\":\"0\",\"elapsed_ns\":\"%d\"}"
                                .formatted(written.rows, written.bytes, resultRows, System.nanoTime() - started));
    }

    private static void copy(MemorySegment bytes, OutputStream target) throws IOException {
        var chunk = new byte[(int) Math.min(bytes.byteSize(), 1 << 16)];
        for (var from = 0L; from < bytes.byteSize(); from += chunk.length) {
            var length = (int) Math.min(chunk.length, bytes.byteSize() - from);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, from, chunk, 0, length);
            target.write(chunk, 0, length);
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static String firstNonBlank(@Nullable String first, @Nullable String second, String otherwise) {
        if (first != null && !first.isBlank()) {
            return first;
        }
        return second != null && !second.isBlank() ? second : otherwise;
    }
}
