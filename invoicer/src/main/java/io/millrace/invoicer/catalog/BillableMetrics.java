package io.millrace.invoicer.catalog;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.config.BillableMetricFilter;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.outbox.ConfigurationTopic;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.invoicer.webhook.Webhooks;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;

/// The organizations' billable metrics, with what each measured from when to when.
@Singleton
public class BillableMetrics implements ConfigurationTopic {
    static final String RESOURCE = "billable_metric";

    private final BillableMetricRepository metrics;
    private final BillableMetricRevisionRepository revisions;
    private final Webhooks webhooks;
    private final Outbox outbox;
    private final Clocks clocks;

    BillableMetrics(
            BillableMetricRepository metrics,
            BillableMetricRevisionRepository revisions,
            Webhooks webhooks,
            Outbox outbox,
            Clocks clocks) {
        this.metrics = metrics;
        this.revisions = revisions;
        this.webhooks = webhooks;
        this.outbox = outbox;
        this.clocks = clocks;
    }

    /// A metric with its revision in force, or its last one.
    public record Current(BillableMetric metric, BillableMetricRevision revision) {}

    @Transactional
    Current create(UUID organization, Fields fields) {
        var code = fields.requiredName("code");
        var name = fields.requiredName("name");
        var terms = MetricTerms.read(fields, null);
        publish(organization, code);
        var earlier = metrics.findByOrganizationIdAndCodeOrderByCreatedAt(organization, code);
        if (earlier.stream().anyMatch(metric -> metric.deletedAt() == null))
            fields.violated("code", "value_already_exist");
        fields.refuseViolations();
        var now = clocks.system();
        var metric = metrics.save(
                new BillableMetric(UUID.randomUUID(), organization, code, name, fields.text("description"), now, null));
        // Events may be older than the metric; only a metric that takes over a code must leave them to its predecessor.
        var from = earlier.isEmpty() ? null : now;
        return tell(
                "billable_metric.created", new Current(metric, revisions.save(terms.revision(metric.id(), 1, from))));
    }

    @Transactional
    Current update(UUID organization, String code, Fields fields) {
        publish(organization, code);
        var before = find(organization, code);
        var metric = before.metric();
        var name = fields.has("name") ? fields.requiredName("name") : metric.name();
        var description = fields.has("description") ? fields.text("description") : metric.description();
        if (fields.isPresent("code") && !code.equals(fields.text("code"))) fields.violated("code", "value_is_invalid");
        var terms = MetricTerms.read(fields, MetricTerms.of(before.revision()));
        refuseOtherUsage(fields, before, terms);
        fields.refuseViolations();
        metric = metrics.update(
                new BillableMetric(metric.id(), organization, code, name, description, metric.createdAt(), null));
        var revision = before.revision();
        if (!terms.equals(MetricTerms.of(revision))) {
            var now = clocks.system();
            end(revision, now);
            revision = revisions.save(terms.revision(metric.id(), revision.revision() + 1, now));
        }
        return tell("billable_metric.updated", new Current(metric, revision));
    }

    /// Which prices a metric's usage may have was decided by these.
    private void refuseOtherUsage(Fields fields, Current before, MetricTerms terms) {
        boolean isOther = !terms.aggregationType().equals(before.revision().aggregationType());
        boolean isOtherwiseKept = terms.recurring() != before.revision().recurring();
        if (!(isOther || isOtherwiseKept) || !metrics.isPriced(before.metric().id())) return;
        if (isOther) fields.violated("aggregation_type", "feature_unavailable");
        if (isOtherwiseKept) fields.violated("recurring", "feature_unavailable");
    }

    @Transactional
    Current delete(UUID organization, String code) {
        publish(organization, code);
        var current = find(organization, code);
        var metric = current.metric();
        var now = clocks.system();
        end(current.revision(), now);
        metrics.update(new BillableMetric(
                metric.id(), organization, code, metric.name(), metric.description(), metric.createdAt(), now));
        return tell("billable_metric.deleted", current);
    }

    Current find(UUID organization, String code) {
        var metric = metrics.findByOrganizationIdAndCodeAndDeletedAtIsNull(organization, code)
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
        return current(List.of(metric)).getFirst();
    }

    /// @throws Refusal.NotFound if the organization has no metric of that code
    public void requireKnown(UUID organization, String code) {
        if (metrics.findByOrganizationIdAndCodeAndDeletedAtIsNull(organization, code)
                .isEmpty()) {
            throw new Refusal.NotFound(RESOURCE);
        }
    }

    @Transactional
    Page<Current> list(UUID organization, Pageable asked) {
        var page = metrics.findByOrganizationIdAndDeletedAtIsNullOrderByCreatedAtDesc(organization, asked);
        return Page.of(current(page.getContent()), asked, page.getTotalSize());
    }

    /// The organization's metrics of these ids, by id; those that it does not have are left out.
    @Transactional
    public Map<UUID, Current> byId(UUID organization, Collection<UUID> ids) {
        if (ids.isEmpty()) return Map.of();
        return current(metrics.findByOrganizationIdAndIdIn(organization, ids)).stream()
                .collect(Collectors.toMap(current -> current.metric().id(), Function.identity()));
    }

    /// Metrics with all their revisions, by id.
    @Transactional
    public Map<UUID, MetricHistory> histories(UUID organization, Collection<UUID> ids) {
        if (ids.isEmpty()) return Map.of();
        var dated = new HashMap<UUID, List<BillableMetricRevision>>();
        for (var revision : revisions.findByBillableMetricIdInOrderByRevision(ids)) {
            dated.computeIfAbsent(revision.billableMetricId(), ignored -> new ArrayList<>())
                    .add(revision);
        }
        return metrics.findByOrganizationIdAndIdIn(organization, ids).stream()
                .collect(Collectors.toMap(
                        BillableMetric::id,
                        metric -> new MetricHistory(metric, dated.getOrDefault(metric.id(), List.of()))));
    }

    private List<Current> current(Collection<BillableMetric> found) {
        if (found.isEmpty()) return List.of();
        var last = new HashMap<UUID, BillableMetricRevision>();
        revisions
                .findByBillableMetricIdInOrderByRevision(
                        found.stream().map(BillableMetric::id).toList())
                .forEach(revision -> last.put(revision.billableMetricId(), revision));
        var current = new ArrayList<Current>();
        for (var metric : found) {
            var revision = last.get(metric.id());
            if (revision == null) throw new IllegalStateException("a metric has at least one revision");
            current.add(new Current(metric, revision));
        }
        return current;
    }

    private void end(BillableMetricRevision revision, Instant now) {
        revisions.update(MetricTerms.ended(revision, now));
    }

    private Current tell(String webhookType, Current current) {
        var metric = current.metric();
        webhooks.tell(
                metric.organizationId(), webhookType, RESOURCE, metric.id(), () -> BillableMetricObject.of(current));
        return current;
    }

    private void publish(UUID organization, String code) {
        outbox.changed(topic(), Keys.metric(organization.toString(), code), organization);
    }

    @Override
    public Topic topic() {
        return Topics.CONFIG_BILLABLE_METRICS;
    }

    @Override
    public SpecificRecord value(UUID organizationId, String key, long version) {
        var code = key.substring(key.indexOf('/') + 1);
        var lives = metrics.findByOrganizationIdAndCodeOrderByCreatedAt(organizationId, code);
        var dated = new ArrayList<io.millrace.config.BillableMetricRevision>();
        for (var metric : lives) {
            for (var revision : revisions.findByBillableMetricIdInOrderByRevision(List.of(metric.id()))) {
                dated.add(published(revision));
            }
        }
        return io.millrace.config.BillableMetric.newBuilder()
                .setOrganizationId(organizationId.toString())
                .setCode(code)
                .setVersion(version)
                .setRevisions(dated)
                .build();
    }

    private static io.millrace.config.BillableMetricRevision published(BillableMetricRevision revision) {
        return io.millrace.config.BillableMetricRevision.newBuilder()
                .setEffectiveFrom(revision.effectiveFrom())
                .setEffectiveTo(revision.effectiveTo())
                .setBillableMetricId(revision.billableMetricId().toString())
                .setAggregationType(revision.aggregationType())
                .setFieldName(revision.fieldName())
                .setExpression(revision.expression())
                .setRecurring(revision.recurring())
                .setWeightedInterval(revision.weightedInterval())
                .setRoundingFunction(revision.roundingFunction())
                .setRoundingPrecision(revision.roundingPrecision())
                .setFilters(revision.filterList().stream()
                        .map(filter -> new BillableMetricFilter(filter.key(), filter.values()))
                        .toList())
                .build();
    }
}
