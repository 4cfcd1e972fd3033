-- Billable events, once for each charge that they count in: what invoices are made from.
--
-- The key serves one question: the usage of one subscription in one period, by charge. Filter and group are not in the key:
-- they are what an event resolved to, and a later enrichment may resolve it anew. Read with FINAL and
-- do_not_merge_across_partitions_select_final = 1; sum as Decimal256 (a sum of Decimal(38, 18) wraps without a word).
CREATE TABLE IF NOT EXISTS events_enriched_expanded
(
    organization_id             LowCardinality(String) CODEC(ZSTD(1)),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String ALIAS if(empty(transaction_uuid), transaction_text, toString(transaction_uuid)),
    transaction_uuid            UUID COMMENT 'A transaction_id that is a UUID as PostgreSQL writes it; else zero' CODEC(ZSTD(1)),
    transaction_text            String COMMENT 'Any other transaction_id' CODEC(ZSTD(1)),
    code                        LowCardinality(String) CODEC(ZSTD(1)),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(T64('bit'), ZSTD(1)),
    subscription_id             String CODEC(ZSTD(3)),
    plan_id                     LowCardinality(String) CODEC(ZSTD(1)),
    charge_id                   LowCardinality(String) CODEC(ZSTD(1)),
    charge_filter_id            LowCardinality(String) COMMENT 'Empty: the default price of the charge' CODEC(ZSTD(1)),
    plan_revision               UInt32 CODEC(ZSTD(1)),
    grouped_by                  Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    target_wallet_code          LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
    pay_in_advance              Bool CODEC(ZSTD(1)),
    aggregation_type            LowCardinality(String) CODEC(ZSTD(1)),
    value                       String COMMENT 'What the metric measures, exactly as the enricher wrote it' CODEC(ZSTD(1)),
    decimal_value               Nullable(Decimal(38, 18)) ALIAS toDecimal128OrNull(value, 18),
    operation                   LowCardinality(Nullable(String)) COMMENT 'add or remove, for unique_count' CODEC(ZSTD(1)),
    precise_total_amount_cents  Nullable(Decimal(38, 18)) COMMENT 'Price in minor units that the producer set' CODEC(ZSTD(1)),
    raw_partition               Int32 CODEC(ZSTD(1)),
    raw_offset                  Int64 ALIAS toInt64(bitAnd(bitNot(row_version), bitShiftLeft(toUInt64(1), 44) - 1)),
    ingested_at                 DateTime64(3, 'UTC') CODEC(T64('bit'), ZSTD(1)),
    enrichment_version          UInt32 ALIAS toUInt32(bitShiftRight(row_version, 44)),
    row_version                 UInt64 COMMENT 'Later enrichment wins, then the earlier raw offset: 20 bits, 44 bits' CODEC(T64('bit'), ZSTD(1)),
    is_deleted                  UInt8 COMMENT '1: retracted by a later enrichment' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(row_version, is_deleted)
ORDER BY (organization_id, external_subscription_id, charge_id, timestamp, transaction_uuid, transaction_text)
-- The month of the event in a ring of 96: see events_enriched.
PARTITION BY (toYear(timestamp) * 12 + toMonth(timestamp)) % 96;
