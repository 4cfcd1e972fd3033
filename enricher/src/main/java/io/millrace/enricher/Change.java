package io.millrace.enricher;

/// Something that was agreed otherwise for a stretch of event time from which there were events already.
///
/// @param number of the change, in the order in which the task has seen them
/// @param from event time, microseconds since 1970 UTC, inclusive
/// @param to exclusive
/// @param rawBefore offset in `events_raw`: events from there on were decided by what is agreed now
/// @param ingestedSince when the first event of this stretch was ingested at the earliest, milliseconds
/// since 1970 UTC
/// @param scan the scan that goes through these events; [#WAITING] until it begins
record Change(long number, Subject subject, long from, long to, long rawBefore, long ingestedSince, long scan) {
    static final long WAITING = 0;

    boolean covers(long micros, long rawOffset) {
        return micros >= from && micros < to && rawOffset < rawBefore;
    }

    Change in(Scan scan) {
        return new Change(number, subject, from, to, rawBefore, ingestedSince, scan.number());
    }

    byte[] encode() {
        return Fields.write(out -> {
            out.writeByte(subject.kind().code());
            Fields.writeText(out, subject.key());
            out.writeLong(from);
            out.writeLong(to);
            out.writeLong(rawBefore);
            out.writeLong(ingestedSince);
            out.writeLong(scan);
        });
    }

    static Change decode(long number, byte[] bytes) {
        return Fields.read(
                bytes,
                in -> new Change(
                        number,
                        new Subject(Subject.Kind.of(in.readByte()), Fields.readText(in)),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong()));
    }
}
