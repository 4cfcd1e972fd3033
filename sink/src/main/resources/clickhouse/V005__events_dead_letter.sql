-- Records that could not become billable, with their bytes and the reason.
--
-- One row per record of the topic, as in events_raw. What the record did not tell is empty text.
CREATE TABLE IF NOT EXISTS events_dead_letter
(
    organization_id             LowCardinality(String) CODEC(ZSTD(1)),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String CODEC(ZSTD(3)),
    code                        LowCardinality(String) CODEC(ZSTD(1)),
    timestamp                   Nullable(DateTime64(6, 'UTC')) COMMENT 'Event time; null when unreadable' CODEC(ZSTD(3)),
    stage                       LowCardinality(String) COMMENT 'The service that refused it' CODEC(ZSTD(1)),
    reason                      LowCardinality(String) COMMENT 'A code from a closed list, such as subscription_not_found' CODEC(ZSTD(1)),
    message                     String COMMENT 'One sentence for a person' CODEC(ZSTD(3)),
    origin_topic                LowCardinality(String) CODEC(ZSTD(1)),
    raw_partition               Int32 COMMENT 'Place of the record in its origin topic' CODEC(ZSTD(3)),
    raw_offset                  Int64 CODEC(Delta(8), ZSTD(3)),
    ingested_at                 DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(3)),
    origin_key                  Nullable(String) CODEC(ZSTD(3)),
    origin_value                String COMMENT 'The original bytes, or their beginning' CODEC(ZSTD(3)),
    origin_value_size           Int64 COMMENT 'Length of the original bytes' CODEC(ZSTD(3)),
    origin_value_sha256         Nullable(String) COMMENT 'Of the original bytes, where only their beginning is kept' CODEC(ZSTD(3)),
    dead_letter_partition       Int32 COMMENT 'Place of the dead letter in its own topic' CODEC(ZSTD(3)),
    dead_letter_offset          Int64 CODEC(Delta(8), ZSTD(3)),
    dead_lettered_at            DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (organization_id, external_subscription_id, transaction_id, dead_letter_partition, dead_letter_offset)
PARTITION BY (toYear(dead_lettered_at) * 12 + toMonth(dead_lettered_at)) % 96;
