-- events_enriched_expanded in fewer and cheaper columns. What writing, merging and reading a row takes goes by its columns, whatever
-- is in them, and most by a map. So what events of one charge have in common is one text, their group another, and subscriptions
-- are told once for all their rows in a granule. Everything can be asked for by the names that it had.
--
-- At first the view fills the columns of both tables, for it passes over those that its table has not: no row ever meets a view that
-- does not fit. Rows that are there are copied, and until then the disk needs room for both.
ALTER TABLE events_enriched_expanded_view MODIFY QUERY
SELECT
    organization_id,
    external_subscription_id,
    if(toString(toUUIDOrZero(transaction_id)) = transaction_id, toUUIDOrZero(transaction_id), toUUIDOrZero('')) AS transaction_uuid,
    if(empty(transaction_uuid), transaction_id, '') AS transaction_text,
    code,
    timestamp,
    subscription_id,
    plan_id,
    charge_id,
    ifNull(charge_filter_id, '') AS charge_filter_id,
    toUInt32(plan_revision) AS plan_revision,
    grouped_by,
    toJSONString(mapSort(grouped_by)) AS group_key,
    concat('{"code":', toJSONString(code), ',"plan_id":', toJSONString(plan_id), ',"plan_revision":', toString(plan_revision),
        ',"aggregation_type":', toJSONString(aggregation_type),
        ',"target_wallet_code":', ifNull(toJSONString(target_wallet_code), 'null'), '}') AS terms,
    target_wallet_code,
    pay_in_advance,
    aggregation_type,
    value,
    operation,
    toDecimal128OrNull(intake.precise_total_amount_cents, 18) AS precise_total_amount_cents,
    ifNull(toString(toDecimal128OrNull(intake.precise_total_amount_cents, 18)), '') AS precise_amount,
    raw_partition,
    ingested_at,
    bitShiftLeft(toUInt64(enrichment_version), 44) + (bitShiftLeft(toUInt64(1), 44) - 1 - toUInt64(raw_offset)) AS row_version,
    toUInt8(is_deleted) AS is_deleted
FROM events_enriched_expanded_intake AS intake;

DROP TABLE IF EXISTS events_enriched_expanded_narrower SYNC SETTINGS max_table_size_to_drop = 0;

CREATE TABLE events_enriched_expanded_narrower
(
    organization_id             LowCardinality(String) CODEC(ZSTD(1)),
    external_subscription_id    LowCardinality(String) CODEC(ZSTD(1)),
    transaction_id              String ALIAS if(empty(transaction_uuid), transaction_text, toString(transaction_uuid)),
    transaction_uuid            UUID COMMENT 'A transaction_id that is a UUID as PostgreSQL writes it; else zero' CODEC(ZSTD(1)),
    transaction_text            String COMMENT 'Any other transaction_id' CODEC(ZSTD(1)),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(T64('bit'), ZSTD(1)),
    subscription_id             LowCardinality(String) CODEC(ZSTD(1)),
    charge_id                   LowCardinality(String) CODEC(ZSTD(1)),
    charge_filter_id            LowCardinality(String) COMMENT 'Empty: the default price of the charge' CODEC(ZSTD(1)),
    group_key                   LowCardinality(String) DEFAULT '{}' COMMENT 'grouped_by in JSON, by key: one text for one group' CODEC(ZSTD(1)),
    grouped_by                  Map(String, String) ALIAS JSONExtract(group_key, 'Map(String, String)'),
    terms                       LowCardinality(String) COMMENT 'What else was agreed for the event, in JSON' CODEC(ZSTD(1)),
    code                        String ALIAS JSONExtractString(terms, 'code'),
    plan_id                     String ALIAS JSONExtractString(terms, 'plan_id'),
    plan_revision               UInt32 ALIAS toUInt32(JSONExtractUInt(terms, 'plan_revision')),
    target_wallet_code          Nullable(String) ALIAS JSONExtract(terms, 'target_wallet_code', 'Nullable(String)'),
    aggregation_type            String ALIAS JSONExtractString(terms, 'aggregation_type'),
    pay_in_advance              Bool CODEC(ZSTD(1)),
    value                       String COMMENT 'What the metric measures, exactly as the enricher wrote it' CODEC(ZSTD(1)),
    decimal_value               Nullable(Decimal(38, 18)) ALIAS toDecimal128OrNull(value, 18),
    operation                   LowCardinality(Nullable(String)) COMMENT 'add or remove, for unique_count' CODEC(ZSTD(1)),
    precise_amount              String COMMENT 'Price in minor units that the producer set; empty: none' CODEC(ZSTD(1)),
    precise_total_amount_cents  Nullable(Decimal(38, 18)) ALIAS toDecimal128OrNull(precise_amount, 18),
    raw_partition               Int32 CODEC(ZSTD(1)),
    raw_offset                  Int64 ALIAS toInt64(bitAnd(bitNot(row_version), bitShiftLeft(toUInt64(1), 44) - 1)),
    ingested_at                 DateTime64(3, 'UTC') CODEC(T64('bit'), ZSTD(1)),
    enrichment_version          UInt32 ALIAS toUInt32(bitShiftRight(row_version, 44)),
    row_version                 UInt64 COMMENT 'Later enrichment wins, then the earlier raw offset: 20 bits, 44 bits' CODEC(T64('bit'), ZSTD(1)),
    is_deleted                  UInt8 COMMENT '1: retracted by a later enrichment' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(row_version, is_deleted)
ORDER BY (organization_id, external_subscription_id, charge_id, timestamp, transaction_uuid, transaction_text)
PARTITION BY (toYear(timestamp) * 12 + toMonth(timestamp)) % 96
SETTINGS index_granularity = 2048, min_compress_block_size = 16384, merge_selector_base = 20, min_parts_to_merge_at_once = 15,
    min_bytes_for_wide_part = 1000000000000000;

INSERT INTO events_enriched_expanded_narrower
    (organization_id, external_subscription_id, transaction_uuid, transaction_text, timestamp, subscription_id, charge_id,
    charge_filter_id, group_key, terms, pay_in_advance, value, operation, precise_amount, raw_partition, ingested_at, row_version, is_deleted)
SELECT
    organization_id,
    external_subscription_id,
    transaction_uuid,
    transaction_text,
    timestamp,
    subscription_id,
    charge_id,
    charge_filter_id,
    toJSONString(mapSort(CAST(grouped_by, 'Map(String, String)'))),
    concat('{"code":', toJSONString(code), ',"plan_id":', toJSONString(plan_id), ',"plan_revision":', toString(plan_revision),
        ',"aggregation_type":', toJSONString(aggregation_type),
        ',"target_wallet_code":', ifNull(toJSONString(target_wallet_code), 'null'), '}'),
    pay_in_advance,
    value,
    operation,
    ifNull(toString(precise_total_amount_cents), ''),
    raw_partition,
    ingested_at,
    row_version,
    is_deleted
FROM events_enriched_expanded;

EXCHANGE TABLES events_enriched_expanded AND events_enriched_expanded_narrower;

DROP TABLE events_enriched_expanded_narrower SYNC SETTINGS max_table_size_to_drop = 0;

-- Nothing here may throw: an exception in a view stops the topic for good. Hence OrZero and OrNull.
ALTER TABLE events_enriched_expanded_view MODIFY QUERY
SELECT
    organization_id,
    external_subscription_id,
    if(toString(toUUIDOrZero(transaction_id)) = transaction_id, toUUIDOrZero(transaction_id), toUUIDOrZero('')) AS transaction_uuid,
    if(empty(transaction_uuid), transaction_id, '') AS transaction_text,
    timestamp,
    subscription_id,
    charge_id,
    ifNull(charge_filter_id, '') AS charge_filter_id,
    toJSONString(mapSort(grouped_by)) AS group_key,
    concat('{"code":', toJSONString(code), ',"plan_id":', toJSONString(plan_id), ',"plan_revision":', toString(plan_revision),
        ',"aggregation_type":', toJSONString(aggregation_type),
        ',"target_wallet_code":', ifNull(toJSONString(target_wallet_code), 'null'), '}') AS terms,
    pay_in_advance,
    value,
    operation,
    ifNull(toString(toDecimal128OrNull(precise_total_amount_cents, 18)), '') AS precise_amount,
    raw_partition,
    ingested_at,
    bitShiftLeft(toUInt64(enrichment_version), 44) + (bitShiftLeft(toUInt64(1), 44) - 1 - toUInt64(raw_offset)) AS row_version,
    toUInt8(is_deleted) AS is_deleted
FROM events_enriched_expanded_intake;
