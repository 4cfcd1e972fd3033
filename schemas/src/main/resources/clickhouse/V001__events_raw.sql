-- Usage events as their producers reported them, duplicates and unbillable ones included.
--
-- One row per record of the topic: its place there is part of the key, so a record that is delivered twice collapses,
-- and two records of one event do not.
CREATE TABLE IF NOT EXISTS events_raw
(
    organization_id             LowCardinality(String),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String CODEC(ZSTD(3)),
    code                        LowCardinality(String),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(Delta(8), ZSTD(3)),
    properties                  Map(String, String) CODEC(ZSTD(3)),
    precise_total_amount_cents  Nullable(String) COMMENT 'As its producer wrote it' CODEC(ZSTD(3)),
    source                      LowCardinality(String),
    raw_partition               Int32 CODEC(ZSTD(3)),
    raw_offset                  Int64 CODEC(Delta(8), ZSTD(3)),
    ingested_at                 DateTime64(3, 'UTC') COMMENT 'When the broker took it' CODEC(Delta(8), ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (organization_id, external_subscription_id, timestamp, transaction_id, raw_partition, raw_offset)
-- The month of ingestion: raw events may bear any time at all. In a ring of 96 months, because an insert that touches
-- more than 100 partitions is refused, and a refused insert would stop consumption for good.
PARTITION BY (toYear(ingested_at) * 12 + toMonth(ingested_at)) % 96;
