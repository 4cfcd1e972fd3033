package io.millrace.embedded;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// HTTP servers of the JDK on the loopback interface, with settings that it reads once, before the first one.
final class HttpServers {

    static {
        // Without it a small answer waits for the client's delayed acknowledgement of its header, 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // Seconds; after the default of 30 it closes connections that clients keep in their pools.
        System.setProperty("sun.net.httpserver.idleInterval", "3600");
    }

    private HttpServers() {}

    static HttpServer create(int port) throws IOException {
        return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    }
}
