-- Fills events_charged_in_advance from its topic, and can be run at any time: it replaces what stands between the two.
--
--   events_charged_in_advance_queue ─▶ events_charged_in_advance_intake ─┬─▶ events_charged_in_advance_view ─▶ events_charged_in_advance
--                                                                        └─▶ events_charged_in_advance_error_view ─▶ queue_errors
--
-- A queue consumes as soon as it has a view, so it gets its only one last, when all that lies behind is in place.
-- Records that are tried again (queue_errors) enter at the intake: there is one list of expressions for both.
DROP TABLE IF EXISTS events_charged_in_advance_queue SYNC;
DROP VIEW IF EXISTS events_charged_in_advance_intake_view SYNC;
DROP VIEW IF EXISTS events_charged_in_advance_view SYNC;
DROP VIEW IF EXISTS events_charged_in_advance_error_view SYNC;
DROP TABLE IF EXISTS events_charged_in_advance_intake SYNC;

CREATE TABLE events_charged_in_advance_queue
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
    enrichment_version        Int64,
    is_deleted                Bool
)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = '${kafka_brokers}',
    kafka_topic_list = 'events_charged_in_advance',
    kafka_group_name = '${group_prefix}events_charged_in_advance',
    kafka_format = 'AvroConfluent',
    format_avro_schema_registry_url = '${schema_registry_url}',
    format_avro_schema_registry_max_retries = ${registry_retries},
    kafka_handle_error_mode = 'stream',
    kafka_num_consumers = ${consumers},
    kafka_thread_per_consumer = ${thread_per_consumer},
    kafka_flush_interval_ms = ${flush_interval_ms},
    kafka_poll_timeout_ms = ${poll_timeout_ms},
    kafka_consumer_reschedule_ms = ${reschedule_ms},
    kafka_max_block_size = ${max_block_size},
    -- A batch is worked off before anything of it is written, however long its records take.
    kafka_poll_max_batch_size = 1000;

-- The columns of the queue and where each record lies in the topic.
CREATE TABLE events_charged_in_advance_intake ENGINE = Null EMPTY AS
SELECT
    *,
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    _error AS kafka_error,
    _raw_message AS kafka_value
FROM events_charged_in_advance_queue;

-- Nothing here may throw: an exception in a view stops consumption for good. Hence OrNull.
CREATE MATERIALIZED VIEW events_charged_in_advance_view TO events_charged_in_advance AS
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
FROM events_charged_in_advance_intake
WHERE kafka_error = '';

CREATE MATERIALIZED VIEW events_charged_in_advance_error_view TO queue_errors AS
SELECT
    'events_charged_in_advance' AS topic,
    toInt32(kafka_partition) AS partition,
    toInt64(kafka_offset) AS offset,
    ifNull(kafka_timestamp, toDateTime64(0, 3, 'UTC')) AS ingested_at,
    kafka_value AS value,
    kafka_error AS error,
    'pending' AS state,
    0 AS attempts,
    '' AS last_error,
    now64(3, 'UTC') AS changed_at,
    0 AS version
FROM events_charged_in_advance_intake
WHERE kafka_error != '';

CREATE MATERIALIZED VIEW events_charged_in_advance_intake_view TO events_charged_in_advance_intake AS
SELECT
    *,
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    _error AS kafka_error,
    _raw_message AS kafka_value
FROM events_charged_in_advance_queue;
