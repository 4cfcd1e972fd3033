-- Fills events_dead_letter from its topic, and can be run at any time: it replaces what stands between the two.
--
--   events_dead_letter_queue ─▶ events_dead_letter_intake ─┬─▶ events_dead_letter_view ─▶ events_dead_letter
--                                                          └─▶ events_dead_letter_error_view ─▶ queue_errors
--
-- A queue consumes as soon as it has a view, so it gets its only one last, when all that lies behind is in place.
-- Records that are tried again (queue_errors) enter at the intake: there is one list of expressions for both.
DROP TABLE IF EXISTS events_dead_letter_queue SYNC;
DROP VIEW IF EXISTS events_dead_letter_intake_view SYNC;
DROP VIEW IF EXISTS events_dead_letter_view SYNC;
DROP VIEW IF EXISTS events_dead_letter_error_view SYNC;
DROP TABLE IF EXISTS events_dead_letter_intake SYNC;

CREATE TABLE events_dead_letter_queue
(
    organization_id           Nullable(String),
    external_subscription_id  Nullable(String),
    transaction_id            Nullable(String),
    code                      Nullable(String),
    timestamp                 Nullable(DateTime64(6, 'UTC')),
    stage                     Nullable(String),
    reason                    Nullable(String),
    message                   Nullable(String),
    origin_topic              Nullable(String),
    raw_partition             Nullable(Int32),
    raw_offset                Nullable(Int64),
    ingested_at               Nullable(DateTime64(3, 'UTC')),
    origin_key                Nullable(String),
    origin_value              Nullable(String),
    origin_value_size         Nullable(Int64),
    origin_value_sha256       Nullable(String)
)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = '${kafka_brokers}',
    kafka_topic_list = 'events_dead_letter',
    kafka_group_name = '${group_prefix}events_dead_letter',
    kafka_format = 'AvroConfluent',
    format_avro_schema_registry_url = '${schema_registry_url}',
    format_avro_schema_registry_max_retries = ${registry_retries},
    kafka_handle_error_mode = 'stream',
    -- A field that a record's schema lacks is null here, or empty where that is its default.
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
CREATE TABLE events_dead_letter_intake ENGINE = Null EMPTY AS
SELECT
    * REPLACE (
        assumeNotNull(stage) AS stage, assumeNotNull(reason) AS reason, assumeNotNull(message) AS message,
        assumeNotNull(origin_topic) AS origin_topic, assumeNotNull(raw_partition) AS raw_partition,
        assumeNotNull(raw_offset) AS raw_offset, assumeNotNull(ingested_at) AS ingested_at,
        assumeNotNull(origin_value) AS origin_value, assumeNotNull(origin_value_size) AS origin_value_size),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    _error AS kafka_error,
    _raw_message AS kafka_value
FROM events_dead_letter_queue;

-- Nothing here may throw: an exception in a view stops consumption for good. Hence OrNull.
CREATE MATERIALIZED VIEW events_dead_letter_view TO events_dead_letter AS
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
    toInt32(kafka_partition) AS dead_letter_partition,
    toInt64(kafka_offset) AS dead_letter_offset,
    ifNull(kafka_timestamp, toDateTime64(0, 3, 'UTC')) AS dead_lettered_at
FROM events_dead_letter_intake
WHERE kafka_error = '';

CREATE MATERIALIZED VIEW events_dead_letter_error_view TO queue_errors AS
SELECT
    'events_dead_letter' AS topic,
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
FROM events_dead_letter_intake
WHERE kafka_error != '';

-- What has no default is null only where a record lacks it. By Avro's rules that is no record of the topic: nothing to try again.
CREATE MATERIALIZED VIEW events_dead_letter_intake_view TO events_dead_letter_intake AS
SELECT
    * REPLACE (
        assumeNotNull(stage) AS stage, assumeNotNull(reason) AS reason, assumeNotNull(message) AS message,
        assumeNotNull(origin_topic) AS origin_topic, assumeNotNull(raw_partition) AS raw_partition,
        assumeNotNull(raw_offset) AS raw_offset, assumeNotNull(ingested_at) AS ingested_at,
        assumeNotNull(origin_value) AS origin_value, assumeNotNull(origin_value_size) AS origin_value_size),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    if(
        _error = '' AND (
            record.stage IS NULL OR record.reason IS NULL OR record.message IS NULL OR record.origin_topic IS NULL OR
            record.raw_partition IS NULL OR record.raw_offset IS NULL OR record.ingested_at IS NULL OR
            record.origin_value IS NULL OR record.origin_value_size IS NULL),
        'a field that has no default is missing',
        _error) AS kafka_error,
    _raw_message AS kafka_value
FROM events_dead_letter_queue AS record;
