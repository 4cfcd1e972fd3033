package io.millrace.topic;

/// Record keys, the same on every topic that shares them. Such as `acme/sub_1`: the chain of event topics and
/// the subscriptions are partitioned by it, so that one subscription's records stay in order and meet in one
/// task.
///
/// An organization id is a UUID and holds no slash, so the first slash ends it whatever the other part
/// contains.
public final class Keys {
    private Keys() {}

    /// Key of every event topic and of `config_subscriptions`.
    public static String subscription(String organizationId, String externalSubscriptionId) {
        return organizationId + '/' + externalSubscriptionId;
    }

    /// Key of `config_billable_metrics`.
    public static String metric(String organizationId, String code) {
        return organizationId + '/' + code;
    }

    /// Key of `config_plans`.
    public static String plan(String organizationId, String planId) {
        return organizationId + '/' + planId;
    }
}
