package io.millrace.enricher;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes one value after the other in the schema registry's wire format, field by field, into a buffer that is
/// used again. Belongs to one thread.
final class AvroWriter {
    private static final byte MAGIC = 0;

    private byte[] buffer = new byte[1024];
    private int at;

    /// Starts a value of a schema.
    AvroWriter value(int schemaId) {
        at = 0;
        room(1 + Integer.BYTES);
        buffer[at++] = MAGIC;
        buffer[at++] = (byte) (schemaId >>> 24);
        buffer[at++] = (byte) (schemaId >>> 16);
        buffer[at++] = (byte) (schemaId >>> 8);
        buffer[at++] = (byte) schemaId;
        return this;
    }

    /// Starts a part of a value.
    AvroWriter part() {
        at = 0;
        return this;
    }

    /// What has been written since the start.
    byte[] toByteArray() {
        return Arrays.copyOf(buffer, at);
    }

    AvroWriter bytes(byte[] written) {
        return bytes(written, 0, written.length);
    }

    /// Fields that are written already.
    AvroWriter bytes(byte[] written, int from, int to) {
        int length = to - from;
        room(length);
        System.arraycopy(written, from, buffer, at, length);
        at += length;
        return this;
    }

    AvroWriter text(String text) {
        int length = text.length();
        room(2 * Long.BYTES + length);
        int start = at;
        number(length);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                at = start;
                var encoded = text.getBytes(StandardCharsets.UTF_8);
                return number(encoded.length).bytes(encoded);
            }
            buffer[at++] = (byte) c;
        }
        return this;
    }

    /// A text that may be absent: a union of null and string.
    AvroWriter optionalText(@Nullable String text) {
        return text == null ? number(0) : number(1).text(text);
    }

    AvroWriter texts(Map<String, String> map) {
        if (!map.isEmpty()) {
            number(map.size());
            map.forEach((name, value) -> text(name).text(value));
        }
        return number(0);
    }

    AvroWriter flag(boolean flag) {
        room(1);
        buffer[at++] = (byte) (flag ? 1 : 0);
        return this;
    }

    /// An int or a long, zigzag and of variable length.
    AvroWriter number(long number) {
        room(10);
        long rest = (number << 1) ^ (number >> 63);
        while ((rest & ~0x7fL) != 0) {
            buffer[at++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        buffer[at++] = (byte) rest;
        return this;
    }

    private void room(int bytes) {
        if (buffer.length - at < bytes) buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, at + bytes));
    }
}
