-- Billable events, once for each charge that they count in: what invoices are made from.
--
-- The key serves one question: the usage of one subscription in one period, by charge. Filter and group are not in the key:
-- they are what an event resolved to, and a later enrichment may resolve it anew. Read with FINAL and
-- do_not_merge_across_partitions_select_final = 1; sum as Decimal256 (a sum of Decimal(38, 18) wraps without a word).
CREATE TABLE IF NOT EXISTS events_enriched_expanded
(
    organization_id             LowCardinality(String),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String CODEC(ZSTD(3)),
    code                        LowCardinality(String),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(Delta(8), ZSTD(3)),
    subscription_id             String CODEC(ZSTD(3)),
    plan_id                     LowCardinality(String),
    charge_id                   LowCardinality(String),
    charge_filter_id            LowCardinality(String) COMMENT 'Empty: the default price of the charge',
    plan_revision               UInt32 CODEC(ZSTD(3)),
    grouped_by                  Map(String, String) CODEC(ZSTD(3)),
    target_wallet_code          LowCardinality(Nullable(String)),
    pay_in_advance              Bool CODEC(ZSTD(3)),
    aggregation_type            LowCardinality(String),
    value                       String COMMENT 'What the metric measures, exactly as the enricher wrote it' CODEC(ZSTD(3)),
    decimal_value               Nullable(Decimal(38, 18)) COMMENT 'The value where it is a number' CODEC(ZSTD(3)),
    operation                   LowCardinality(Nullable(String)) COMMENT 'add or remove, for unique_count',
    precise_total_amount_cents  Nullable(Decimal(38, 18)) COMMENT 'Price in minor units that the producer set' CODEC(ZSTD(3)),
    raw_partition               Int32 CODEC(ZSTD(3)),
    raw_offset                  Int64 CODEC(Delta(8), ZSTD(3)),
    ingested_at                 DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(3)),
    enrichment_version          UInt32 CODEC(ZSTD(3)),
    row_version                 UInt64 COMMENT 'Later enrichment wins, then the earlier raw offset' CODEC(Delta(8), ZSTD(3)),
    is_deleted                  UInt8 COMMENT '1: retracted by a later enrichment' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(row_version, is_deleted)
ORDER BY (organization_id, external_subscription_id, charge_id, timestamp, transaction_id)
-- The month of the event in a ring of 96: see events_enriched.
PARTITION BY (toYear(timestamp) * 12 + toMonth(timestamp)) % 96;
