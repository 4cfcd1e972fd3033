-- Fills events_enriched from its topic, and can be run at any time: it replaces what stands between the two.
--
--   events_enriched_queue ─▶ events_enriched_intake ─┬─▶ events_enriched_view ─▶ events_enriched
--                                                    ├─▶ event_identities_view ─▶ event_identities
--                                                    ├─▶ event_arrivals_view ─▶ event_arrivals
--                                                    └─▶ events_enriched_error_view ─▶ queue_errors
--
-- A queue consumes as soon as it has a view, so it gets its only one last, when all that lies behind is in place.
-- Records that are tried again (queue_errors) enter at the intake: there is one list of expressions for both.
DROP TABLE IF EXISTS events_enriched_queue SYNC;
DROP VIEW IF EXISTS events_enriched_intake_view SYNC;
DROP VIEW IF EXISTS events_enriched_view SYNC;
DROP VIEW IF EXISTS event_identities_view SYNC;
DROP VIEW IF EXISTS event_arrivals_view SYNC;
DROP VIEW IF EXISTS events_enriched_error_view SYNC;
DROP TABLE IF EXISTS events_enriched_intake SYNC;

CREATE TABLE events_enriched_queue
(
    organization_id             String,
    external_subscription_id    String,
    transaction_id              String,
    code                        String,
    timestamp                   Nullable(DateTime64(6, 'UTC')),
    subscription_id             String,
    plan_id                     String,
    aggregation_type            String,
    value                       Nullable(String),
    operation                   Nullable(String),
    precise_total_amount_cents  Nullable(String),
    properties                  Map(String, String),
    source                      String,
    raw_partition               Nullable(Int32),
    raw_offset                  Nullable(Int64),
    ingested_at                 Nullable(DateTime64(3, 'UTC')),
    enrichment_version          Nullable(Int64),
    is_deleted                  Bool
)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = '${kafka_brokers}',
    kafka_topic_list = '${topic_prefix}events_enriched',
    kafka_group_name = '${group_prefix}events_enriched',
    kafka_format = 'AvroConfluent',
    format_avro_schema_registry_url = '${schema_registry_url}',
    format_avro_schema_registry_max_retries = ${registry_retries},
    kafka_handle_error_mode = 'stream',
    -- A field that a record's schema lacks is null here, or empty where that is its default or where it is never empty.
    input_format_avro_allow_missing_fields = 1,
    -- What its schema says is null is never empty text here: it could not be read by others.
    input_format_null_as_default = 0,
    kafka_num_consumers = ${consumers},
    kafka_thread_per_consumer = ${thread_per_consumer},
    kafka_flush_interval_ms = ${flush_interval_ms},
    kafka_poll_timeout_ms = ${poll_timeout_ms},
    kafka_consumer_reschedule_ms = ${reschedule_ms},
    kafka_max_block_size = ${max_block_size},
    -- A batch is worked off before anything of it is written, however long its records take.
    kafka_poll_max_batch_size = 1000;

-- The columns of the queue and where each record lies in the topic.
CREATE TABLE events_enriched_intake ENGINE = Null EMPTY AS
SELECT
    * REPLACE (
        assumeNotNull(timestamp) AS timestamp, assumeNotNull(value) AS value,
        assumeNotNull(raw_partition) AS raw_partition, assumeNotNull(raw_offset) AS raw_offset,
        assumeNotNull(ingested_at) AS ingested_at),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    _error AS kafka_error,
    _raw_message AS kafka_value
FROM events_enriched_queue;

-- Nothing here may throw: an exception in a view stops consumption for good. Hence OrNull.
CREATE MATERIALIZED VIEW events_enriched_view TO events_enriched AS
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
    bitShiftLeft(toUInt64(ifNull(enrichment_version, 1)), 44) + (bitShiftLeft(toUInt64(1), 44) - 1 - toUInt64(raw_offset)) AS row_version,
    toUInt8(is_deleted) AS is_deleted
FROM events_enriched_intake
WHERE kafka_error = '';

CREATE MATERIALIZED VIEW event_identities_view TO event_identities AS
SELECT
    sipHash64(organization_id, external_subscription_id, transaction_id) AS identity,
    timestamp
FROM events_enriched_intake
WHERE kafka_error = '';

CREATE MATERIALIZED VIEW event_arrivals_view TO event_arrivals AS
SELECT
    toInt32(kafka_partition) AS partition,
    toInt64(kafka_offset) AS offset,
    organization_id,
    external_subscription_id,
    transaction_id,
    toStartOfTenMinutes(now('UTC')) AS arrived_at
FROM events_enriched_intake
WHERE kafka_error = '';

CREATE MATERIALIZED VIEW events_enriched_error_view TO queue_errors AS
SELECT
    'events_enriched' AS topic,
    toInt32(kafka_partition) AS partition,
    toInt64(kafka_offset) AS offset,
    ifNull(kafka_timestamp, toDateTime64(0, 3, 'UTC')) AS ingested_at,
    kafka_value AS value,
    kafka_error AS error,
    -- The bytes are given of what could not be decoded only.
    if(kafka_value = '', 'rejected', 'pending') AS state,
    0 AS attempts,
    '' AS last_error,
    now64(3, 'UTC') AS changed_at,
    0 AS version
FROM events_enriched_intake
WHERE kafka_error != '';

-- What has no default is null only where a record lacks it, or empty where the enricher never writes it so: a nullable column
-- costs twice as much, because each record is decoded into columns of its own. Such a record is none of the topic: nothing to try again.
CREATE MATERIALIZED VIEW events_enriched_intake_view TO events_enriched_intake AS
SELECT
    * REPLACE (
        assumeNotNull(timestamp) AS timestamp, assumeNotNull(value) AS value,
        assumeNotNull(raw_partition) AS raw_partition, assumeNotNull(raw_offset) AS raw_offset,
        assumeNotNull(ingested_at) AS ingested_at),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    if(
        _error = '' AND (
            record.organization_id = '' OR record.external_subscription_id = '' OR
            record.transaction_id = '' OR record.code = '' OR record.timestamp IS NULL OR
            record.subscription_id = '' OR record.plan_id = '' OR record.aggregation_type = '' OR
            record.value IS NULL OR record.raw_partition IS NULL OR record.raw_offset IS NULL OR
            record.ingested_at IS NULL),
        'a field that has no default is missing or empty',
        _error) AS kafka_error,
    _raw_message AS kafka_value
FROM events_enriched_queue AS record;
