-- The way into events_raw: the sink puts the records of the topic into the intake, field by field, and where each lies.
--
--   events_raw_intake ──▶ events_raw_view ─▶ events_raw
CREATE TABLE IF NOT EXISTS events_raw_intake
(
    organization_id             String,
    external_subscription_id    String,
    transaction_id              String,
    code                        String,
    timestamp                   DateTime64(6, 'UTC'),
    properties                  Map(String, String),
    precise_total_amount_cents  Nullable(String),
    source                      String,
    kafka_partition             Int32,
    kafka_offset                Int64,
    kafka_timestamp             DateTime64(3, 'UTC')
)
ENGINE = Null;

-- Nothing here may throw: an exception in a view stops the topic for good. Hence OrNull.
CREATE MATERIALIZED VIEW IF NOT EXISTS events_raw_view TO events_raw AS
SELECT
    organization_id,
    external_subscription_id,
    if(toString(toUUIDOrZero(transaction_id)) = transaction_id, toUUIDOrZero(transaction_id), toUUIDOrZero('')) AS transaction_uuid,
    if(empty(transaction_uuid), transaction_id, '') AS transaction_text,
    code,
    timestamp,
    properties,
    precise_total_amount_cents,
    source,
    kafka_partition AS raw_partition,
    kafka_offset AS raw_offset,
    kafka_timestamp AS ingested_at
FROM events_raw_intake;
