-- The way into api_logs: the sink puts the records of the topic into the intake, field by field, and where each lies.
--
--   api_logs_intake ──▶ api_logs_view ─▶ api_logs
CREATE TABLE IF NOT EXISTS api_logs_intake
(
    organization_id   String,
    request_id        String,
    api_key_id        String,
    api_version       String DEFAULT 'v1',
    client            String,
    http_method       String,
    request_path      String,
    request_origin    String,
    request_body      Map(String, String),
    request_response  Map(String, String),
    http_status       Int32,
    logged_at         DateTime64(6, 'UTC'),
    kafka_partition   Int32,
    kafka_offset      Int64,
    kafka_timestamp   DateTime64(3, 'UTC')
)
ENGINE = Null;

-- Nothing here may throw: an exception in a view stops the topic for good. Hence OrNull.
CREATE MATERIALIZED VIEW IF NOT EXISTS api_logs_view TO api_logs AS
SELECT
    organization_id,
    request_id,
    api_key_id,
    api_version,
    client,
    http_method,
    request_path,
    request_origin,
    request_body,
    request_response,
    http_status,
    logged_at,
    kafka_timestamp AS created_at,
    kafka_partition AS log_partition,
    kafka_offset AS log_offset
FROM api_logs_intake;
