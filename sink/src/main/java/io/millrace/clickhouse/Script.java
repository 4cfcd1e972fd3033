package io.millrace.clickhouse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// One script of the schema, such as `V001__events_raw.sql`.
///
/// @param name its file name: `V…` is versioned (runs once and never changes), `R__…` is repeatable (runs whenever
/// its text has changed)
/// @param text its SQL
record Script(String name, String text) {

    static Script read(String name) {
        try (var resource = Script.class.getResourceAsStream("/clickhouse/" + name)) {
            if (resource == null) {
                throw new IllegalStateException("script " + name + " is not on the class path");
            }
            var text = new String(resource.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
            return new Script(name, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isVersioned() {
        return name.startsWith("V");
    }

    String checksum() {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Its statements in order, without what stands between them; a semicolon in a text or a comment ends none.
    List<String> statements() {
        var statements = new ArrayList<String>();
        var start = 0;
        var hasContent = false;
        for (var i = 0; i < text.length(); ) {
            var c = text.charAt(i);
            if (text.startsWith("--", i)) {
                i = after(text.indexOf('\n', i), 1);
            } else if (text.startsWith("/*", i)) {
                i = after(text.indexOf("*/", i), 2);
            } else if (c == '\'' || c == '`' || c == '"') {
                i = afterQuoted(i);
                hasContent = true;
            } else if (c == ';') {
                if (hasContent) {
                    statements.add(text.substring(start, i).strip());
                }
                start = ++i;
                hasContent = false;
            } else {
                hasContent |= !Character.isWhitespace(c);
                i++;
            }
        }
        if (hasContent) {
            statements.add(text.substring(start).strip());
        }
        return statements;
    }

    private int after(int found, int length) {
        return found < 0 ? text.length() : found + length;
    }

    private int afterQuoted(int opening) {
        var quote = text.charAt(opening);
        for (var i = opening + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == quote) {
                return i + 1; // a doubled quote opens the next text at once
            }
        }
        throw new IllegalStateException(name + " has an unclosed " + quote);
    }
}
