package io.millrace.invoicer.organization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.micronaut.transaction.TransactionOperations;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.webhook.Webhooks;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@ExtendWith(MillraceStack.class)
class SecretsTest {
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private static final Logger OURS = (Logger) LoggerFactory.getLogger("io.millrace");
    private static final Logger SERVER = (Logger) LoggerFactory.getLogger("io.micronaut");

    /// All that is logged, with stack traces.
    private static final class Heard extends AppenderBase<ILoggingEvent> {
        private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            var failure = event.getThrowableProxy();
            lines.add(event.getLoggerName() + " " + event.getFormattedMessage()
                    + (failure == null ? "" : ThrowableProxyUtil.asString(failure)));
        }
    }

    @Test
    void noSecretIsEverLogged(EmbeddedStack stack) throws SQLException {
        var heard = new Heard();
        heard.setContext(ROOT.getLoggerContext());
        heard.start();
        var console = ROOT.getAppender("out");
        ROOT.detachAppender(console);
        ROOT.addAppender(heard);
        var level = ROOT.getLevel();
        ROOT.setLevel(Level.INFO);
        OURS.setLevel(Level.ALL);
        SERVER.setLevel(Level.DEBUG);
        try (var invoicer = RunningInvoicer.start(stack)) {
            var owner = invoicer.api();
            var made = owner.create("/api_keys", "{\"api_key\": {\"name\": \"k\"}}");
            var secret = made.text("api_key.value");
            var client = invoicer.api(secret);
            assertThat(client.get("/plans").status()).isEqualTo(200);
            var next = owner.create("/api_keys/" + made.text("api_key.lago_id") + "/rotate", "{\"api_key\": {}}")
                    .text("api_key.value");
            assertThat(client.get("/plans").status()).isEqualTo(401);
            assertThat(invoicer.api("mr_wrong").get("/plans").status()).isEqualTo(401);
            var basic = Map.of("Authorization", "Basic mr_basic");
            assertThat(invoicer.withoutKey().send("GET", "/plans", null, basic).status())
                    .isEqualTo(401);
            assertThat(owner.post("/plans", "{\"plan\": mr_broken").status()).isEqualTo(400);

            // Nobody listens there, so that signing and failing are both told, if anything is.
            owner.create("/webhook_endpoints", """
                    {"webhook_endpoint": {"webhook_url": "http://user:mr_webhook@localhost:9/", "signature_algo": "hmac"}}""");
            tell(invoicer);
            await().atMost(Duration.ofSeconds(60)).until(() -> attempts(stack, invoicer.organization()) > 0);

            var hmacKey = invoicer.get(Organizations.class)
                    .get(invoicer.organization())
                    .hmacKey();
            assertThat(heard.lines).isNotEmpty();
            for (var line : heard.lines) {
                assertThat(line)
                        .doesNotContain(
                                secret,
                                next,
                                hmacKey,
                                invoicer.key(),
                                "mr_wrong",
                                "mr_basic",
                                "mr_broken",
                                "mr_webhook");
            }
        } finally {
            ROOT.detachAppender(heard);
            ROOT.addAppender(console);
            ROOT.setLevel(level);
            OURS.setLevel(null);
            SERVER.setLevel(null);
        }
    }

    @SuppressWarnings("unchecked")
    private static void tell(RunningInvoicer invoicer) {
        TransactionOperations<Connection> transactions = invoicer.get(TransactionOperations.class);
        transactions.executeWrite(transaction -> {
            invoicer.get(Webhooks.class)
                    .tell(invoicer.organization(), "invoice.created", "invoice", UUID.randomUUID(), Map::of);
            return true;
        });
    }

    private static int attempts(EmbeddedStack stack, UUID organization) throws SQLException {
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var query = connection.prepareStatement(
                        "select coalesce(max(attempts), 0) from webhooks where organization_id = ?")) {
            query.setObject(1, organization);
            var row = query.executeQuery();
            row.next();
            return row.getInt(1);
        }
    }
}
