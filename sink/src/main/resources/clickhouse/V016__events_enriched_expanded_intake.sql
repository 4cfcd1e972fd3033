-- The way into events_enriched_expanded: the sink puts the records of the topic into the intake, field by field, and where each lies.
--
--   events_enriched_expanded_intake ──▶ events_enriched_expanded_view ─▶ events_enriched_expanded
CREATE TABLE IF NOT EXISTS events_enriched_expanded_intake
(
    organization_id             String,
    external_subscription_id    String,
    transaction_id              String,
    code                        String,
    timestamp                   DateTime64(6, 'UTC'),
    subscription_id             String,
    plan_id                     String,
    charge_id                   String,
    charge_filter_id            Nullable(String),
    plan_revision               Int32,
    grouped_by                  Map(String, String),
    target_wallet_code          Nullable(String),
    pay_in_advance              Bool,
    aggregation_type            String,
    value                       String,
    operation                   Nullable(String),
    precise_total_amount_cents  Nullable(String),
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
CREATE MATERIALIZED VIEW IF NOT EXISTS events_enriched_expanded_view TO events_enriched_expanded AS
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
    target_wallet_code,
    pay_in_advance,
    aggregation_type,
    value,
    operation,
    toDecimal128OrNull(precise_total_amount_cents, 18) AS precise_total_amount_cents,
    raw_partition,
    ingested_at,
    bitShiftLeft(toUInt64(enrichment_version), 44) + (bitShiftLeft(toUInt64(1), 44) - 1 - toUInt64(raw_offset)) AS row_version,
    toUInt8(is_deleted) AS is_deleted
FROM events_enriched_expanded_intake;
