package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChildProcessTest {

    @Test
    void aKilledChildIsGoneAtOnceAndCanBeStartedAgain() {
        try (var child = ChildProcess.of(Greeter.class)
                .arguments("wait")
                .environment("GREETING", "good morning")
                .start()) {
            assertThat(child.awaitReady()).isEqualTo("good morning");
            var firstLife = child.pid();

            child.kill();
            assertThat(child.isAlive()).isFalse();
            child.restart();

            assertThat(child.awaitReady()).isEqualTo("good morning");
            assertThat(child.pid()).isNotEqualTo(firstLife);
            assertThat(child.output()).content().doesNotContain("goodbye");
        }
    }

    @Test
    void aStoppedChildMayFinishWhatItDoes() {
        try (var child = ChildProcess.of(Greeter.class).arguments("wait").start()) {
            child.awaitReady();
            child.stop();
            assertThat(child.awaitLine("goodbye")).isEqualTo("goodbye");
        }
    }

    @Test
    void aChildThatEndsTooEarlyShowsWhatItSaid() {
        try (var child = ChildProcess.of(Greeter.class).arguments("fail").start()) {
            assertThatThrownBy(child::awaitReady)
                    .hasMessageContaining("ended without saying 'ready'")
                    .hasMessageContaining("cannot greet");
        }
    }

    @Test
    void aChildEndsWhenItsParentIsKilled() throws Exception {
        try (var parent = ChildProcess.of(Parent.class).start()) {
            var child = ProcessHandle.of(Long.parseLong(parent.awaitReady())).orElseThrow();
            parent.kill();
            child.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    static final class Greeter {
        public static void main(String[] arguments) {
            if (arguments[0].equals("fail")) {
                throw new IllegalStateException("cannot greet");
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("goodbye")));
            ChildProcess.sayReady(System.getenv().getOrDefault("GREETING", "hello"));
            ChildProcess.park();
        }
    }

    static final class Parent {
        public static void main(String[] arguments) {
            var child = ChildProcess.of(Greeter.class).arguments("wait").start();
            child.awaitReady();
            ChildProcess.sayReady(Long.toString(child.pid()));
            ChildProcess.park();
        }
    }
}
