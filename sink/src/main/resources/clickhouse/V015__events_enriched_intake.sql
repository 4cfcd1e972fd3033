-- The way into events_enriched: the sink puts the records of the topic into the intake, field by field, and where each lies.
--
--   events_enriched_intake ─┬─▶ events_enriched_view ─▶ events_enriched
--                           ├─▶ event_identities_view ─▶ event_identities
--                           └─▶ event_arrivals_view ─▶ event_arrivals
CREATE TABLE IF NOT EXISTS events_enriched_intake
(
    organization_id             String,
    external_subscription_id    String,
    transaction_id              String,
    code                        String,
    timestamp                   DateTime64(6, 'UTC'),
    subscription_id             String,
    plan_id                     String,
    aggregation_type            String,
    value                       String,
    operation                   Nullable(String),
    precise_total_amount_cents  Nullable(String),
    properties                  Map(String, String),
    source                      String,
    raw_partition               Int32,
    raw_offset                  Int64,
    ingested_at                 DateTime64(3, 'UTC'),
    enrichment_version          Int64 DEFAULT 1,
    is_deleted                  Bool,
    kafka_partition             Int32,
    kafka_offset                Int64,
    kafka_timestamp             DateTime64(3, 'UTC')
)
ENGINE = Null;

-- Nothing here may throw: an exception in a view stops the topic for good. Hence OrNull.
CREATE MATERIALIZED VIEW IF NOT EXISTS events_enriched_view TO events_enriched AS
SELECT
    organization_id,
    external_subscription_id,
    if(toString(toUUIDOrZero(transaction_id)) = transaction_id, toUUIDOrZero(transaction_id), toUUIDOrZero('')) AS transaction_uuid,
    if(empty(transaction_uuid), transaction_id, '') AS transaction_text,
    code,
    timestamp,
    subscription_id,
    plan_id,
    aggregation_type,
    value,
    operation,
    toDecimal128OrNull(precise_total_amount_cents, 18) AS precise_total_amount_cents,
    properties,
    source,
    raw_partition,
    ingested_at,
    bitShiftLeft(toUInt64(enrichment_version), 44) + (bitShiftLeft(toUInt64(1), 44) - 1 - toUInt64(raw_offset)) AS row_version,
    toUInt8(is_deleted) AS is_deleted
FROM events_enriched_intake;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_identities_view TO event_identities AS
SELECT
    sipHash64(organization_id, external_subscription_id, transaction_id) AS identity,
    timestamp
FROM events_enriched_intake;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_arrivals_view TO event_arrivals AS
SELECT
    kafka_partition AS partition,
    kafka_offset AS offset,
    organization_id,
    external_subscription_id,
    transaction_id,
    toStartOfTenMinutes(now('UTC')) AS arrived_at
FROM events_enriched_intake;
