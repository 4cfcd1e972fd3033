package io.millrace.embedded;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/// What a [ChildProcess] starts with: runs the main class that its first argument names, and ends when the parent
/// does.
final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        // opened anew, as ClickHouse's library takes standard input away
        var parent = new FileInputStream("/dev/fd/0");
        var unused = Thread.ofPlatform().daemon().name("parent").start(() -> endWith(parent));
        try {
            var main = Class.forName(arguments[0]).getDeclaredMethod("main", String[].class);
            main.setAccessible(true); // the class of a test need not be public
            main.invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (InvocationTargetException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    /// The parent holds the other end of standard input and never writes, so a read returns only when it is gone.
    private static void endWith(InputStream parent) {
        try (parent) {
            while (parent.read() >= 0) {
                // whatever comes is of no interest
            }
        } catch (IOException e) {
            // as good as an end
        }
        System.exit(1);
    }
}
