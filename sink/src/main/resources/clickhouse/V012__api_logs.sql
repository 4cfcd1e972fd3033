-- Requests to the control plane, with what was sent and answered.
--
-- The key serves an organization's list by time. An entry is written once, and a record that is delivered twice has the same key.
CREATE TABLE IF NOT EXISTS api_logs
(
    organization_id   LowCardinality(String),
    request_id        String CODEC(ZSTD(3)),
    api_key_id        LowCardinality(String),
    api_version       LowCardinality(String),
    client            LowCardinality(String) COMMENT 'User-Agent of the caller',
    http_method       LowCardinality(String) COMMENT 'In lower case',
    request_path      String CODEC(ZSTD(3)),
    request_origin    LowCardinality(String) COMMENT 'Host that was asked',
    request_body      Map(String, String) CODEC(ZSTD(3)),
    request_response  Map(String, String) CODEC(ZSTD(3)),
    http_status       Int32 CODEC(ZSTD(3)),
    logged_at         DateTime64(6, 'UTC') COMMENT 'When the request was answered' CODEC(Delta(8), ZSTD(3)),
    created_at        DateTime64(3, 'UTC') COMMENT 'When the broker took the entry' CODEC(Delta(8), ZSTD(3)),
    log_partition     Int32 COMMENT 'Place of the entry in its topic' CODEC(ZSTD(3)),
    log_offset        Int64 CODEC(Delta(8), ZSTD(3)),
    INDEX by_request request_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (organization_id, logged_at, request_id)
-- The month in which the broker took it, in a ring of 96: see activity_logs.
PARTITION BY (toYear(created_at) * 12 + toMonth(created_at)) % 96;
