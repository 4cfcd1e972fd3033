package io.millrace.calculator;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/// `./millrace rate`: cases on standard input, answers on standard output.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        try (var in = new BufferedInputStream(System.in);
                var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out))) {
            new Pipe(in, out).run();
        } catch (IOException e) {
            System.err.println("rate: " + e.getMessage());
            System.exit(1);
        }
    }
}
