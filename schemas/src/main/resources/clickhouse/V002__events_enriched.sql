-- Billable events: each once, with its subscription, plan and measured value.
CREATE TABLE IF NOT EXISTS events_enriched
(
    organization_id             LowCardinality(String),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String CODEC(ZSTD(3)),
    code                        LowCardinality(String),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(Delta(8), ZSTD(3)),
    subscription_id             String CODEC(ZSTD(3)),
    plan_id                     LowCardinality(String),
    aggregation_type            LowCardinality(String),
    value                       String COMMENT 'What the metric measures, exactly as the enricher wrote it' CODEC(ZSTD(3)),
    decimal_value               Nullable(Decimal(38, 18)) COMMENT 'The value where it is a number' CODEC(ZSTD(3)),
    operation                   LowCardinality(Nullable(String)) COMMENT 'add or remove, for unique_count',
    precise_total_amount_cents  Nullable(Decimal(38, 18)) COMMENT 'Price in minor units that the producer set' CODEC(ZSTD(3)),
    properties                  Map(String, String) CODEC(ZSTD(3)),
    source                      LowCardinality(String),
    raw_partition               Int32 CODEC(ZSTD(3)),
    raw_offset                  Int64 CODEC(Delta(8), ZSTD(3)),
    ingested_at                 DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(3)),
    enrichment_version          UInt32 CODEC(ZSTD(3)),
    row_version                 UInt64 COMMENT 'Later enrichment wins, then the earlier raw offset' CODEC(Delta(8), ZSTD(3)),
    is_deleted                  UInt8 COMMENT '1: retracted by a later enrichment' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(row_version, is_deleted)
ORDER BY (organization_id, external_subscription_id, timestamp, transaction_id)
-- The month of the event in a ring of 96, as in events_raw: a backfill of many years must not be refused.
-- A part knows its smallest and largest timestamp, so a query by time still reads the parts of its months only.
PARTITION BY (toYear(timestamp) * 12 + toMonth(timestamp)) % 96;
