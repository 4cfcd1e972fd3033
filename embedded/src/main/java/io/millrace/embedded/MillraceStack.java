package io.millrace.embedded;

import io.millrace.topic.Topics;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.platform.commons.support.AnnotationSupport;

/// The engines for tests: one [EmbeddedStack] for all test classes of a JVM, with all topics of the catalogue.
///
/// A class says with [UsesEngines] what it needs, and takes the stack as a parameter of a constructor or method.
/// Engines start with the first class that needs them. As the stack is shared, each test brings its own
/// organization id. The environment may name real servers, as it may for `./millrace up`.
///
/// A test that fails while a [ChildProcess] is open shows the end of its output.
public final class MillraceStack
        implements BeforeAllCallback,
                ParameterResolver,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler {
    private static @Nullable EmbeddedStack shared;
    private static boolean haveTopics;

    /// The stack of this JVM with at least these engines, for code that JUnit injects nothing into, such as
    /// Micronaut's `TestPropertyProvider`.
    public static synchronized EmbeddedStack with(Engine... engines) {
        return with(Set.of(engines));
    }

    private static synchronized EmbeddedStack with(Set<Engine> engines) {
        var stack = shared;
        if (stack == null) {
            // a test's data is its own, whatever directory a stack on this machine uses
            var environment = new HashMap<>(System.getenv());
            environment.remove("MILLRACE_DATA");
            stack = EmbeddedStack.start(EmbeddedSettings.of(environment).withEngines(Set.of()));
            shared = stack;
            Runtime.getRuntime().addShutdownHook(new Thread(stack::close));
        }
        stack.require(engines);
        var broker = stack.environment().get(Engine.KAFKA.addressVariable());
        if (broker != null && !haveTopics) {
            createTopics(broker);
            haveTopics = true;
        }
        return stack;
    }

    private static void createTopics(String broker) {
        try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", broker))) {
            Topics.create(admin, EmbeddedStack.EVENT_PARTITIONS, (short) 1);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        var unused = stack(context);
        // closed with the last test of the JVM rather than with the JVM
        context.getRoot()
                .getStore(Namespace.create(MillraceStack.class))
                .getOrComputeIfAbsent(Closer.class, key -> new Closer(), Closer.class);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == EmbeddedStack.class;
    }

    @Override
    public EmbeddedStack resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return stack(context);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw withChildren(failure);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw withChildren(failure);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw withChildren(failure);
    }

    private static EmbeddedStack stack(ExtensionContext context) {
        var engines = AnnotationSupport.findAnnotation(context.getRequiredTestClass(), UsesEngines.class)
                .map(uses -> Set.copyOf(List.of(uses.value())))
                .orElseGet(() -> EnumSet.allOf(Engine.class));
        return with(engines);
    }

    private static Throwable withChildren(Throwable failure) {
        for (var child : ChildProcess.open()) {
            failure.addSuppressed(new ChildOutput(child.tail()));
        }
        return failure;
    }

    /// The end of a child's output, as part of a failure.
    private static final class ChildOutput extends Exception {
        private static final long serialVersionUID = 1;

        ChildOutput(String tail) {
            super(tail, null, false, false);
        }
    }

    private static final class Closer implements AutoCloseable {
        @Override
        public void close() {
            synchronized (MillraceStack.class) {
                if (shared != null) {
                    shared.close();
                    shared = null;
                    haveTopics = false;
                }
            }
        }
    }
}
