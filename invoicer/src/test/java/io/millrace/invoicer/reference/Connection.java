package io.millrace.invoicer.reference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// HTTP/1.1 over a socket, for requests that no client would let pass. It stays open as long as the server lets it.
final class Connection implements AutoCloseable {
    private final URI server;
    private final Duration deadline;
    private Socket socket = new Socket();
    private InputStream in = InputStream.nullInputStream();

    /// @param deadline until the next byte of an answer
    Connection(URI server, Duration deadline) {
        this.server = server;
        this.deadline = deadline;
    }

    record Answer(int status, String body) {}

    /// @param head the request line and headers but for those that follow from the body
    /// @throws IOException if there is no whole answer within the deadline
    Answer send(String head, byte[] body) throws IOException {
        if (!socket.isConnected() || socket.isClosed()) {
            socket = new Socket(server.getHost(), server.getPort());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Math.toIntExact(deadline.toMillis()));
            in = new BufferedInputStream(socket.getInputStream());
        }
        var request = new ByteArrayOutputStream();
        request.writeBytes(
                (head + "Host: localhost\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(ISO_8859_1));
        request.writeBytes(body);
        var out = socket.getOutputStream();
        out.write(request.toByteArray());
        out.flush();
        int status = Integer.parseInt(line().split(" ")[1]);
        var headers = new HashMap<String, String>();
        for (var line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        var answer = new Answer(status, head.startsWith("HEAD ") ? "" : new String(body(headers), UTF_8));
        if (headers.getOrDefault("connection", "").equalsIgnoreCase("close")) close();
        return answer;
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (!headers.containsKey("transfer-encoding")) {
            return exactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        }
        var whole = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            whole.writeBytes(exactly(size));
            line();
        }
        line();
        return whole.toByteArray();
    }

    private byte[] exactly(int size) throws IOException {
        var bytes = in.readNBytes(size);
        if (bytes.length < size) throw new EOFException("half an answer");
        return bytes;
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) throw new EOFException("no answer");
            if (next != '\r') line.append((char) next);
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // it is closed, then
        }
    }
}
