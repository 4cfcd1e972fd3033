-- Fills api_logs from its topic, and can be run at any time: it replaces what stands between the two.
--
--   api_logs_queue ─▶ api_logs_intake ─┬─▶ api_logs_view ─▶ api_logs
--                                      └─▶ api_logs_error_view ─▶ queue_errors
--
-- A queue consumes as soon as it has a view, so it gets its only one last, when all that lies behind is in place.
-- Records that are tried again (queue_errors) enter at the intake: there is one list of expressions for both.
DROP TABLE IF EXISTS api_logs_queue SYNC;
DROP VIEW IF EXISTS api_logs_intake_view SYNC;
DROP VIEW IF EXISTS api_logs_view SYNC;
DROP VIEW IF EXISTS api_logs_error_view SYNC;
DROP TABLE IF EXISTS api_logs_intake SYNC;

CREATE TABLE api_logs_queue
(
    organization_id   Nullable(String),
    request_id        Nullable(String),
    api_key_id        Nullable(String),
    api_version       Nullable(String),
    client            String,
    http_method       Nullable(String),
    request_path      Nullable(String),
    request_origin    String,
    request_body      Map(String, String),
    request_response  Map(String, String),
    http_status       Nullable(Int32),
    logged_at         Nullable(DateTime64(6, 'UTC'))
)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = '${kafka_brokers}',
    kafka_topic_list = 'api_logs',
    kafka_group_name = '${group_prefix}api_logs',
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
CREATE TABLE api_logs_intake ENGINE = Null EMPTY AS
SELECT
    * REPLACE (
        assumeNotNull(organization_id) AS organization_id, assumeNotNull(request_id) AS request_id,
        assumeNotNull(api_key_id) AS api_key_id, assumeNotNull(http_method) AS http_method,
        assumeNotNull(request_path) AS request_path, assumeNotNull(http_status) AS http_status,
        assumeNotNull(logged_at) AS logged_at),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    _error AS kafka_error,
    _raw_message AS kafka_value
FROM api_logs_queue;

-- Nothing here may throw: an exception in a view stops consumption for good. Hence OrNull.
CREATE MATERIALIZED VIEW api_logs_view TO api_logs AS
SELECT
    organization_id,
    request_id,
    api_key_id,
    ifNull(api_version, 'v1') AS api_version,
    client,
    http_method,
    request_path,
    request_origin,
    request_body,
    request_response,
    http_status,
    logged_at,
    ifNull(kafka_timestamp, toDateTime64(0, 3, 'UTC')) AS created_at,
    toInt32(kafka_partition) AS log_partition,
    toInt64(kafka_offset) AS log_offset
FROM api_logs_intake
WHERE kafka_error = '';

CREATE MATERIALIZED VIEW api_logs_error_view TO queue_errors AS
SELECT
    'api_logs' AS topic,
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
FROM api_logs_intake
WHERE kafka_error != '';

-- What has no default is null only where a record lacks it. By Avro's rules that is no record of the topic: nothing to try again.
CREATE MATERIALIZED VIEW api_logs_intake_view TO api_logs_intake AS
SELECT
    * REPLACE (
        assumeNotNull(organization_id) AS organization_id, assumeNotNull(request_id) AS request_id,
        assumeNotNull(api_key_id) AS api_key_id, assumeNotNull(http_method) AS http_method,
        assumeNotNull(request_path) AS request_path, assumeNotNull(http_status) AS http_status,
        assumeNotNull(logged_at) AS logged_at),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    if(
        _error = '' AND (
            record.organization_id IS NULL OR record.request_id IS NULL OR record.api_key_id IS NULL OR
            record.http_method IS NULL OR record.request_path IS NULL OR record.http_status IS NULL OR
            record.logged_at IS NULL),
        'a field that has no default is missing',
        _error) AS kafka_error,
    _raw_message AS kafka_value
FROM api_logs_queue AS record;
