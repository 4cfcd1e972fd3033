package io.millrace.enricher;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Values that the enricher wrote: what the null streams write over and over, so that theirs are as long and as hard
/// to compress. (Copies of the raw values would be neither: a derived one names its subscription, plan, charge and
/// filter, each by an id of 36 characters.)
public record Sample(List<byte[]> enriched, List<byte[]> expanded) {
    /// More than compression looks back (64 KiB), and less than a processor's cache holds: to fetch them from
    /// memory would be no part of copying.
    public static final int SIZE = 1_000;

    public void write(Path file) {
        try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            write(enriched, out);
            write(expanded, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Sample read(Path file) {
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            return new Sample(read(in), read(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(List<byte[]> values, DataOutputStream out) throws IOException {
        out.writeInt(values.size());
        for (var value : values) {
            out.writeInt(value.length);
            out.write(value);
        }
    }

    private static List<byte[]> read(DataInputStream in) throws IOException {
        int size = in.readInt();
        var values = new ArrayList<byte[]>(size);
        for (int i = 0; i < size; i++) values.add(in.readNBytes(in.readInt()));
        return values;
    }
}
