-- The way into events_charged_in_advance: the sink puts the records of the topic into the intake, field by field, and where each lies.
--
--   events_charged_in_advance_intake ──▶ events_charged_in_advance_view ─▶ events_charged_in_advance
CREATE TABLE IF NOT EXISTS events_charged_in_advance_intake
(
    organization_id           String,
    external_subscription_id  String,
    transaction_id            String,
    code                      String,
    timestamp                 DateTime64(6, 'UTC'),
    subscription_id           String,
    plan_id                   String,
    charge_id                 String,
    charge_filter_id          Nullable(String),
    plan_revision             Int32,
    grouped_by                Map(String, String),
    period_from               DateTime64(6, 'UTC'),
    period_to                 DateTime64(6, 'UTC'),
    units                     String,
    amount_currency           String,
    amount_cents              Int64,
    precise_amount_cents      String,
    total_units               String,
    total_amount_cents        Int64,
    raw_partition             Int32,
    raw_offset                Int64,
    ingested_at               DateTime64(3, 'UTC'),
    enrichment_version        Int64 DEFAULT 1,
    is_deleted                Bool,
    kafka_partition           Int32,
    kafka_offset              Int64,
    kafka_timestamp           DateTime64(3, 'UTC')
)
ENGINE = Null;

-- Nothing here may throw: an exception in a view stops the topic for good. Hence OrNull.
CREATE MATERIALIZED VIEW IF NOT EXISTS events_charged_in_advance_view TO events_charged_in_advance AS
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
    period_from,
    period_to,
    toDecimal128OrNull(units, 18) AS units,
    amount_currency,
    amount_cents,
    toDecimal256OrNull(precise_amount_cents, 36) AS precise_amount_cents,
    toDecimal256OrNull(total_units, 18) AS total_units,
    total_amount_cents,
    raw_partition,
    ingested_at,
    bitShiftLeft(toUInt64(enrichment_version), 44) + (bitShiftLeft(toUInt64(1), 44) - 1 - toUInt64(raw_offset)) AS row_version,
    toUInt8(is_deleted) AS is_deleted
FROM events_charged_in_advance_intake;
