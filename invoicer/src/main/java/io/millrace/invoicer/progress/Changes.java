package io.millrace.invoicer.progress;

import static io.millrace.topic.Topics.CONFIG_BILLABLE_METRICS;
import static io.millrace.topic.Topics.CONFIG_PLANS;
import static io.millrace.topic.Topics.CONFIG_SUBSCRIPTIONS;
import static io.millrace.topic.Topics.PENDING_REPAIRS;

import io.millrace.event.PendingRepair;
import io.millrace.event.PendingRepairs;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.invoicer.progress.HeldBack.Step;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.CommittedReader;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/// Changes of what was agreed that are not in the rows of events yet, wherever they are on their way.
///
/// ```
///  agreed ──▶ outbox ──────▶ config_* ───────▶ enricher ───────────▶ rows
///             │ unpublished   │ unread          │ unrepaired
///             ▼               ▼                 ▼
///             keys            keys              pending_repairs
/// ```
///
/// They are asked for in this order, so that none slips through: what is published meanwhile lies before the
/// ends of the topics that are noted next; what the enricher takes meanwhile it has told by the time that its
/// word is read, in the same transaction. What it has repaired by then lies before the ends of the derived
/// topics, as long as those are noted afterwards.
///
/// An enricher that tells nothing is of an earlier version, or has never run: it is not waited for.
@Singleton
class Changes {
    /// So many are named; more, and nobody is billed until there are fewer.
    private static final int AT_MOST = 10_000;

    private static final List<Topic> AGREED = List.of(CONFIG_SUBSCRIPTIONS, CONFIG_PLANS, CONFIG_BILLABLE_METRICS);

    private final Outbox outbox;
    private final Broker broker;
    private final InvoicerSettings settings;
    private final AvroDeserializer<PendingRepairs> deserializer;
    /// The last word on each partition.
    private final Map<String, PendingRepairs> told = new TreeMap<>();

    private long next;

    Changes(Outbox outbox, Broker broker, InvoicerSettings settings) {
        this.outbox = outbox;
        this.broker = broker;
        this.settings = settings;
        this.deserializer =
                new AvroDeserializer<>(HttpSchemaRegistry.of(settings.schemaRegistryUrl()), PENDING_REPAIRS.value());
    }

    /// Whose usage is held back by them.
    ///
    /// @throws PipelineBehind if there are too many, or if a transaction stays open that may hold one
    Set<HeldBack> underWay(CommittedReader reader, BooleanSupplier isToGiveUp)
            throws PipelineBehind, InterruptedException {
        var held = new LinkedHashSet<HeldBack>();
        for (var change : outbox.unpublished(AGREED, AT_MOST + 1)) {
            add(held, new HeldBack(concerned(change.topic(), change.key()), null, Step.UNPUBLISHED));
        }
        var ends = broker.ends(AGREED);
        var read = broker.committed(Stage.enricher().group());
        var words = words(reader, isToGiveUp);
        if (words.isEmpty()) return held;

        var unread = new HashMap<TopicPartition, Long>();
        for (var partition : ends.keySet()) {
            unread.put(
                    partition,
                    partition.topic().equals(CONFIG_SUBSCRIPTIONS.name())
                            ? read.getOrDefault(partition, 0L)
                            : compared(words, partition));
        }
        read(reader, unread, ends, isToGiveUp, record -> {
            if (record.key() == null) return;
            var key = new String(record.key(), StandardCharsets.UTF_8);
            add(held, new HeldBack(concerned(record.topic(), key), null, Step.UNREAD));
        });
        for (var word : words.values()) {
            for (var repair : word.getPending()) {
                held.add(new HeldBack(concerned(repair), repair.getEffectiveFrom(), Step.UNREPAIRED));
            }
        }
        return held;
    }

    private static void add(Set<HeldBack> held, HeldBack each) throws PipelineBehind {
        held.add(each);
        if (held.size() > AT_MOST) {
            throw new PipelineBehind(
                    "more than %d changes of what was agreed are on their way to the enricher, such as: %s"
                            .formatted(AT_MOST, each));
        }
    }

    /// The last word on each partition, none of which is committed later than now.
    private synchronized Map<String, PendingRepairs> words(CommittedReader reader, BooleanSupplier isToGiveUp)
            throws PipelineBehind, InterruptedException {
        var ends = broker.ends(List.of(PENDING_REPAIRS));
        var from = new HashMap<TopicPartition, Long>();
        for (var partition : ends.keySet()) from.put(partition, next);
        read(reader, from, ends, isToGiveUp, record -> {
            var partition = new String(record.key(), StandardCharsets.UTF_8);
            var word = record.value() == null ? null : deserializer.deserialize("", record.value());
            if (word == null) told.remove(partition);
            else told.put(partition, word);
        });
        for (var end : ends.values()) next = end;
        return Map.copyOf(told);
    }

    private static void read(
            CommittedReader reader,
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> to,
            BooleanSupplier isToGiveUp,
            CommittedReader.Step<PipelineBehind> step)
            throws PipelineBehind {
        var left = reader.read(from, to, isToGiveUp, step);
        if (left.isEmpty()) return;
        throw new PipelineBehind("a transaction may have stayed open, for there is no reading to the end of "
                + left.stream().map(TopicPartition::toString).sorted().collect(Collectors.joining(", ")));
    }

    /// Up to where every partition has been compared with what is agreed.
    private long compared(Map<String, PendingRepairs> words, TopicPartition topic) {
        ToLongFunction<PendingRepairs> read = topic.topic().equals(CONFIG_PLANS.name())
                ? PendingRepairs::getPlansRead
                : PendingRepairs::getMetricsRead;
        long least = Long.MAX_VALUE;
        for (int partition = 0; partition < settings.eventPartitions(); partition++) {
            var word = words.get(Integer.toString(partition));
            least = Math.min(least, word == null ? 0 : read.applyAsLong(word));
        }
        return least;
    }

    /// A plan or a metric may be that of any of its organization's subscriptions.
    private static String concerned(String topic, String key) {
        return topic.equals(CONFIG_SUBSCRIPTIONS.name()) ? key : key.substring(0, Math.max(0, key.indexOf('/')));
    }

    private static String concerned(PendingRepair repair) {
        var organization = repair.getOrganizationId();
        if (organization == null) return HeldBack.ALL;
        var subscription = repair.getExternalSubscriptionId();
        return subscription == null ? organization : Keys.subscription(organization, subscription);
    }
}
