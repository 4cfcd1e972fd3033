-- The way into events_dead_letter: the sink puts the records of the topic into the intake, field by field, and where each lies.
--
--   events_dead_letter_intake ──▶ events_dead_letter_view ─▶ events_dead_letter
CREATE TABLE IF NOT EXISTS events_dead_letter_intake
(
    organization_id           Nullable(String),
    external_subscription_id  Nullable(String),
    transaction_id            Nullable(String),
    code                      Nullable(String),
    timestamp                 Nullable(DateTime64(6, 'UTC')),
    stage                     String,
    reason                    String,
    message                   String,
    origin_topic              String,
    raw_partition             Int32,
    raw_offset                Int64,
    ingested_at               DateTime64(3, 'UTC'),
    origin_key                Nullable(String),
    origin_value              String,
    origin_value_size         Int64,
    origin_value_sha256       Nullable(String),
    kafka_partition           Int32,
    kafka_offset              Int64,
    kafka_timestamp           DateTime64(3, 'UTC')
)
ENGINE = Null;

-- Nothing here may throw: an exception in a view stops the topic for good. Hence OrNull.
CREATE MATERIALIZED VIEW IF NOT EXISTS events_dead_letter_view TO events_dead_letter AS
SELECT
    ifNull(organization_id, '') AS organization_id,
    ifNull(external_subscription_id, '') AS external_subscription_id,
    ifNull(transaction_id, '') AS transaction_id,
    ifNull(code, '') AS code,
    timestamp,
    stage,
    reason,
    message,
    origin_topic,
    raw_partition,
    raw_offset,
    ingested_at,
    origin_key,
    origin_value,
    origin_value_size,
    origin_value_sha256,
    kafka_partition AS dead_letter_partition,
    kafka_offset AS dead_letter_offset,
    kafka_timestamp AS dead_lettered_at
FROM events_dead_letter_intake;
