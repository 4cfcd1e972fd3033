-- Who changed which resource of the control plane, when, and what it was before.
--
-- The key serves an organization's list by time. An entry is written once, and a record that is delivered twice has the same key.
CREATE TABLE IF NOT EXISTS activity_logs
(
    organization_id           LowCardinality(String),
    activity_id               String CODEC(ZSTD(3)),
    activity_type             LowCardinality(String),
    activity_source           LowCardinality(String) COMMENT 'api, front or system',
    activity_object           Map(String, String) COMMENT 'The resource as it is since' CODEC(ZSTD(3)),
    activity_object_changes   Map(String, String) COMMENT 'Field to the JSON array of before and since' CODEC(ZSTD(3)),
    user_id                   Nullable(String) CODEC(ZSTD(3)),
    user_email                Nullable(String) CODEC(ZSTD(3)),
    api_key_id                Nullable(String) CODEC(ZSTD(3)),
    resource_id               String CODEC(ZSTD(3)),
    resource_type             LowCardinality(String),
    external_customer_id      Nullable(String) CODEC(ZSTD(3)),
    external_subscription_id  Nullable(String) CODEC(ZSTD(3)),
    logged_at                 DateTime64(6, 'UTC') COMMENT 'When it happened' CODEC(Delta(8), ZSTD(3)),
    created_at                DateTime64(3, 'UTC') COMMENT 'When the broker took the entry' CODEC(Delta(8), ZSTD(3)),
    log_partition             Int32 COMMENT 'Place of the entry in its topic' CODEC(ZSTD(3)),
    log_offset                Int64 CODEC(Delta(8), ZSTD(3)),
    INDEX by_activity activity_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_resource resource_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_customer external_customer_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_subscription external_subscription_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (organization_id, logged_at, activity_id)
-- The month in which the broker took it, in a ring of 96 as in events_raw: what is kept long enough goes by whole parts.
PARTITION BY (toYear(created_at) * 12 + toMonth(created_at)) % 96;
