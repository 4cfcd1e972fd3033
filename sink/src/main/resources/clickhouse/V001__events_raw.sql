-- Usage events as their producers reported them, duplicates and unbillable ones included.
--
-- One row per record of the topic: its place there is part of the key, so a record that is delivered twice collapses,
-- and two records of one event do not.
CREATE TABLE IF NOT EXISTS events_raw
(
    organization_id             LowCardinality(String) CODEC(ZSTD(1)),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String ALIAS if(empty(transaction_uuid), transaction_text, toString(transaction_uuid)),
    transaction_uuid            UUID COMMENT 'A transaction_id that is a UUID as PostgreSQL writes it; else zero' CODEC(ZSTD(1)),
    transaction_text            String COMMENT 'Any other transaction_id' CODEC(ZSTD(1)),
    code                        LowCardinality(String) CODEC(ZSTD(1)),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(T64('bit'), ZSTD(1)),
    properties                  Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    precise_total_amount_cents  Nullable(String) COMMENT 'As its producer wrote it' CODEC(ZSTD(1)),
    source                      LowCardinality(String) CODEC(ZSTD(1)),
    raw_partition               Int32 CODEC(ZSTD(1)),
    raw_offset                  Int64 CODEC(T64('bit'), ZSTD(1)),
    ingested_at                 DateTime64(3, 'UTC') COMMENT 'When the broker took it' CODEC(T64('bit'), ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (organization_id, external_subscription_id, timestamp, transaction_uuid, transaction_text, raw_partition, raw_offset)
-- The month of ingestion: raw events may bear any time at all. In a ring of 96 months, because an insert that touches
-- more than 100 partitions is refused, and a refused insert would stop consumption for good.
PARTITION BY (toYear(ingested_at) * 12 + toMonth(ingested_at)) % 96;
