package io.millrace.embedded;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The JVM's signal handlers, which must outlive ClickHouse's start.
///
/// The JVM lives by SIGSEGV (safepoints, null checks). ClickHouse's library, told to install no handlers of its
/// own, still sets these signals to their default, at that call and at the end of every connect: a thread that
/// meets a safepoint in between ends the process without a word. So the library's own call of
/// `chdb_reset_signal_handlers` is pointed at a function that does nothing; what a platform without that leaves is
/// a look before and after.
final class JvmSignals {

    private static final Logger log = LoggerFactory.getLogger(JvmSignals.class);

    // The signals that the library resets; the numbers are Linux's, and a number that means something else is kept
    // just as well.
    private static final int[] SIGNALS = {4, 5, 6, 7, 8, 10, 11, 20, 31};
    // Larger than any platform's struct sigaction (glibc: 152 bytes).
    private static final long ACTION_BYTES = 256;

    private final Map<Integer, MemorySegment> actions = new HashMap<>();

    private JvmSignals() {}

    static JvmSignals remember() {
        var signals = new JvmSignals();
        for (var signal : SIGNALS) {
            var action = Arena.ofAuto().allocate(ACTION_BYTES);
            ClickHouseLibrary.call(sigaction(), signal, MemorySegment.NULL, action);
            signals.actions.put(signal, action);
        }
        return signals;
    }

    /// Puts back what was changed since.
    void restore() {
        try (var arena = Arena.ofConfined()) {
            var now = arena.allocate(ACTION_BYTES);
            actions.forEach((signal, action) -> {
                ClickHouseLibrary.call(sigaction(), signal, MemorySegment.NULL, now);
                // The first field is the handler; the rest follows it.
                if (now.get(JAVA_LONG, 0) != action.get(JAVA_LONG, 0)) {
                    log.debug("ClickHouse's library took signal {}; given back", signal);
                    ClickHouseLibrary.call(sigaction(), signal, action, MemorySegment.NULL);
                }
            });
        }
    }

    private static MethodHandle sigaction() {
        return Handles.SIGACTION;
    }

    private static final class Handles {
        static final MethodHandle SIGACTION = ClickHouseLibrary.function(
                Linker.nativeLinker().defaultLookup(), "sigaction", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    }

    /// Overwrites the library's jump slot of `chdb_reset_signal_handlers`, where it is an ELF library and has one.
    static void keepLibraryFromResettingThem(SymbolLookup library) {
        var slot = jumpSlot(library, "chdb_reset_signal_handlers");
        if (slot.isEmpty()) {
            log.debug(
                    "This platform's ClickHouse library resets signals at each connect; they are given back after it");
            return;
        }
        // Harmless for a caller without arguments that reads no result.
        slot.get().set(ADDRESS, 0, library.findOrThrow("chdb_version"));
    }

    /// Where the loaded library keeps the address of one of its functions for calls through its procedure linkage
    /// table.
    private static Optional<MemorySegment> jumpSlot(SymbolLookup library, String symbol) {
        var dladdr = Linker.nativeLinker().defaultLookup().find("dladdr");
        if (dladdr.isEmpty()) {
            return Optional.empty();
        }
        MemorySegment base;
        try (var arena = Arena.ofConfined()) {
            // Dl_info: file name, base address, …
            var info = arena.allocate(ADDRESS, 4);
            var find = ClickHouseLibrary.function(
                    Linker.nativeLinker().defaultLookup(), "dladdr", JAVA_INT, ADDRESS, ADDRESS);
            if ((int) ClickHouseLibrary.call(find, library.findOrThrow(symbol), info) == 0) {
                return Optional.empty();
            }
            base = info.getAtIndex(ADDRESS, 1).reinterpret(Long.MAX_VALUE);
        }
        return ElfImage.at(base).flatMap(image -> image.jumpSlot(symbol));
    }
}
