package io.millrace.invoicer.contract;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/// Ids and hashes.
public final class Ids {
    // UUID.fromString also takes "1-1-1-1-1".
    private static final Pattern CANONICAL = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private Ids() {}

    /// Reads a UUID; empty if the text is none.
    public static Optional<UUID> parse(String text) {
        return CANONICAL.matcher(text).matches() ? Optional.of(UUID.fromString(text)) : Optional.empty();
    }

    /// The id of something that is known by its parts: the same parts, the same id (RFC 9562, version 8).
    public static UUID of(Object... parts) {
        var text = new StringBuilder();
        for (var part : parts) {
            var one = String.valueOf(part);
            // With its length before it, no part can pass for a piece of its neighbour.
            text.append(one.length()).append(':').append(one);
        }
        var hash = ByteBuffer.wrap(sha256(text.toString()));
        return new UUID(
                hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL | 0x8000L,
                hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L);
    }

    /// Lower-case hex SHA-256.
    public static String hash(String text) {
        return HexFormat.of().formatHex(sha256(text));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
