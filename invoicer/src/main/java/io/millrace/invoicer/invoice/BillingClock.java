package io.millrace.invoicer.invoice;

import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.progress.PipelineBehind;
import io.millrace.invoicer.progress.PipelineProgress;
import io.millrace.invoicer.subscription.Notices;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has bills made, and notices told, as they become due.
@Singleton
class BillingClock {
    private static final Logger LOG = LoggerFactory.getLogger(BillingClock.class);

    private final Notices notices;
    private final BillingRun billing;
    private final PipelineProgress progress;
    private final InvoicerSettings settings;
    private volatile boolean closed;
    private @Nullable Thread thread;

    BillingClock(Notices notices, BillingRun billing, PipelineProgress progress, InvoicerSettings settings) {
        this.notices = notices;
        this.billing = billing;
        this.progress = progress;
        this.settings = settings;
    }

    @EventListener
    void start(ServerStartupEvent ignored) {
        thread = Thread.ofPlatform().name("billing").daemon().start(this::run);
    }

    @PreDestroy
    void close() throws InterruptedException {
        closed = true;
        // Not interrupted: a bill that is being made is finished.
        progress.stop();
        if (thread != null) thread.join(Duration.ofSeconds(20));
    }

    private void run() {
        while (!closed) {
            try {
                // Of what a customer has due first a run bills no more: notices before the rest find their place
                // between.
                if (notices.tellDue() + billing.run() == 0) Thread.sleep(settings.billingInterval());
            } catch (PipelineBehind e) {
                if (!closed) LOG.warn("periods are over, but usage is not complete: {}", e.getMessage());
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (closed) return;
                LOG.error("the billing run failed; what is due stays due", e);
                pause();
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(settings.billingInterval());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
