package io.millrace.benchmarks.pipeline;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// What another JVM has used since it started, read from outside: the measured code knows nothing of it.
final class ProcessMeter implements AutoCloseable {
    private final JMXConnector connection;
    private final OperatingSystemMXBean system;
    private final ThreadMXBean threads;

    private ProcessMeter(JMXConnector connection) throws IOException {
        this.connection = connection;
        var beans = connection.getMBeanServerConnection();
        this.system = bean(beans, ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME, OperatingSystemMXBean.class);
        this.threads = bean(beans, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
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
                return new ProcessMeter(JMXConnectorFactory.connect(address));
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
