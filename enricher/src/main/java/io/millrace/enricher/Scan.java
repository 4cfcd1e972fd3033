package io.millrace.enricher;

/// One way through a partition, for all changes that waited for it.
///
/// @param number from 1
/// @param from its first offset
/// @param to exclusive: where the partition ended when the scan began
/// @param next the first offset that has not been looked at
record Scan(long number, long from, long to, long next) {
    boolean isDone() {
        return next >= to;
    }

    boolean contains(long offset) {
        return offset >= from && offset < to;
    }

    Scan at(long offset) {
        return new Scan(number, from, to, offset);
    }

    byte[] encode() {
        return Fields.write(out -> {
            out.writeLong(from);
            out.writeLong(to);
            out.writeLong(next);
        });
    }

    static Scan decode(long number, byte[] bytes) {
        return Fields.read(bytes, in -> new Scan(number, in.readLong(), in.readLong(), in.readLong()));
    }
}
