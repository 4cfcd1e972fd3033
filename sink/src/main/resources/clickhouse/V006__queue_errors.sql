-- Records of any queue that ClickHouse could not decode, with their bytes and what became of them since.
--
-- A record is here because its bytes are no record of its schema, or because the schema registry was out of reach: the
-- Kafka engine commits past both alike. ErrorRedrive tries them again and writes a row with a higher version for each
-- change of state; read with FINAL.
CREATE TABLE IF NOT EXISTS queue_errors
(
    topic        LowCardinality(String),
    partition    Int32,
    offset       Int64,
    ingested_at  DateTime64(3, 'UTC') COMMENT 'When the broker took the record',
    value        String COMMENT 'The bytes of the record; empty once it is redriven' CODEC(ZSTD(3)),
    error        String COMMENT 'What ClickHouse said' CODEC(ZSTD(3)),
    state        Enum8('pending' = 0, 'redriven' = 1, 'rejected' = 2) COMMENT 'redriven: its row is in the table of its topic',
    attempts     UInt32 COMMENT 'Redrives that failed by the record itself; a registry out of reach does not count',
    last_error   String COMMENT 'Why the last attempt failed' CODEC(ZSTD(3)),
    changed_at   DateTime64(3, 'UTC'),
    version      UInt64 COMMENT 'Redelivery inserts version 0 again, which changes nothing'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (topic, partition, offset);
