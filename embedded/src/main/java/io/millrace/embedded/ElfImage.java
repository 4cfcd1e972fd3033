package io.millrace.embedded;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A 64-bit ELF library as it lies in memory, just enough to find a jump slot (System V ABI, "Dynamic Linking").
///
/// @param base its first byte
/// @param dynamic its dynamic section: tag to value
record ElfImage(MemorySegment base, Map<Long, Long> dynamic) {

    private static final int MAGIC = 0x464C457F; // 0x7F 'E' 'L' 'F', little-endian
    private static final int PROGRAM_HEADER_DYNAMIC = 2;

    private static final long PLTRELSZ = 2;
    private static final long STRTAB = 5;
    private static final long SYMTAB = 6;
    private static final long JMPREL = 23;

    private static final long SYMBOL_BYTES = 24;
    private static final long RELOCATION_BYTES = 24;

    /// Empty where another kind of library lies there.
    static Optional<ElfImage> at(MemorySegment base) {
        if (base.get(JAVA_INT, 0) != MAGIC) {
            return Optional.empty();
        }
        var headers = base.get(JAVA_LONG, 32);
        var headerBytes = base.get(JAVA_SHORT, 54);
        var count = base.get(JAVA_SHORT, 56);
        for (var i = 0; i < count; i++) {
            var header = headers + (long) i * headerBytes;
            if (base.get(JAVA_INT, header) == PROGRAM_HEADER_DYNAMIC) {
                return Optional.of(new ElfImage(base, dynamic(base, base.get(JAVA_LONG, header + 16))));
            }
        }
        return Optional.empty();
    }

    private static Map<Long, Long> dynamic(MemorySegment base, long offset) {
        var entries = new HashMap<Long, Long>();
        for (var at = offset; base.get(JAVA_LONG, at) != 0; at += 16) {
            entries.put(base.get(JAVA_LONG, at), base.get(JAVA_LONG, at + 8));
        }
        return entries;
    }

    Optional<MemorySegment> jumpSlot(String symbol) {
        var relocations = offset(JMPREL);
        var end = relocations + dynamic.getOrDefault(PLTRELSZ, 0L);
        for (var at = relocations; at < end; at += RELOCATION_BYTES) {
            var index = base.get(JAVA_LONG, at + 8) >>> 32;
            var name = base.get(JAVA_INT, offset(SYMTAB) + index * SYMBOL_BYTES);
            if (symbol.equals(base.getString(offset(STRTAB) + name))) {
                return Optional.of(base.asSlice(base.get(JAVA_LONG, at), ADDRESS.byteSize()));
            }
        }
        return Optional.empty();
    }

    /// The loader may have turned a table's offset into its address.
    private long offset(long tag) {
        long value = dynamic.getOrDefault(tag, 0L);
        return value >= base.address() ? value - base.address() : value;
    }
}
