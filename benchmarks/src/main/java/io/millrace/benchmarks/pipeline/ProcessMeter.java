package io.millrace.benchmarks.pipeline;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/// What another JVM has used since it started, and what memory it needs, read from outside: the measured
/// code knows nothing of it.
final class ProcessMeter implements AutoCloseable {
    private final long pid;
    private final JMXConnector connection;
    private final OperatingSystemMXBean system;
    private final ThreadMXBean threads;
    private final MemoryMXBean memory;

    private ProcessMeter(long pid, JMXConnector connection) throws IOException {
        this.pid = pid;
        this.connection = connection;
        var beans = connection.getMBeanServerConnection();
        this.system = bean(beans, ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME, OperatingSystemMXBean.class);
        this.threads = bean(beans, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
        this.memory = bean(beans, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
    }

    /// @param at [System#nanoTime]
    /// @param cpu nanoseconds of all its threads, the collector's and the compilers' among them
    /// @param allocated bytes of heap, also those that were freed
    record Reading(long at, long cpu, long allocated) {}

    /// @param pid of a JVM that has reached its main class
    @SuppressWarnings("BanJNDI") // the address is that of a process of ours on this machine
    static ProcessMeter of(long pid) {
        try {
            var machine = VirtualMachine.attach(Long.toString(pid));
            try {
                var address = new JMXServiceURL(machine.startLocalManagementAgent());
                return new ProcessMeter(pid, JMXConnectorFactory.connect(address));
            } finally {
                machine.detach();
            }
        } catch (IOException | AttachNotSupportedException e) {
            throw new IllegalStateException("cannot look into process " + pid, e);
        }
    }

    Reading read() {
        return new Reading(System.nanoTime(), system.getProcessCpuTime(), threads.getTotalThreadAllocatedBytes());
    }

    /// What it needs, now.
    ///
    /// @param heap bytes that are in use after a collection of everything
    /// @param resident bytes of memory, with what is native and what the heap has room for; null where the
    /// system does not tell (it is Linux that does)
    record Memory(long heap, @Nullable Long resident) {}

    Memory memory() {
        memory.gc();
        return new Memory(memory.getHeapMemoryUsage().getUsed(), resident());
    }

    private @Nullable Long resident() {
        var status = Path.of("/proc", Long.toString(pid), "status");
        if (!Files.exists(status)) return null;
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024) // "VmRSS:   1234 kB"
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (IOException e) {
            // the process has ended before
        }
    }

    private static <T extends java.lang.management.PlatformManagedObject> T bean(
            MBeanServerConnection beans, String name, Class<T> type) throws IOException {
        return ManagementFactory.newPlatformMXBeanProxy(beans, name, type);
    }
}
