-- Fills activity_logs from its topic, and can be run at any time: it replaces what stands between the two.
--
--   activity_logs_queue ─▶ activity_logs_intake ─┬─▶ activity_logs_view ─▶ activity_logs
--                                                └─▶ activity_logs_error_view ─▶ queue_errors
--
-- A queue consumes as soon as it has a view, so it gets its only one last, when all that lies behind is in place.
-- Records that are tried again (queue_errors) enter at the intake: there is one list of expressions for both.
DROP TABLE IF EXISTS activity_logs_queue SYNC;
DROP VIEW IF EXISTS activity_logs_intake_view SYNC;
DROP VIEW IF EXISTS activity_logs_view SYNC;
DROP VIEW IF EXISTS activity_logs_error_view SYNC;
DROP TABLE IF EXISTS activity_logs_intake SYNC;

CREATE TABLE activity_logs_queue
(
    organization_id           Nullable(String),
    activity_id               Nullable(String),
    activity_type             Nullable(String),
    activity_source           Nullable(String),
    activity_object           Map(String, String),
    activity_object_changes   Map(String, String),
    user_id                   Nullable(String),
    user_email                Nullable(String),
    api_key_id                Nullable(String),
    resource_id               Nullable(String),
    resource_type             Nullable(String),
    external_customer_id      Nullable(String),
    external_subscription_id  Nullable(String),
    logged_at                 Nullable(DateTime64(6, 'UTC'))
)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = '${kafka_brokers}',
    kafka_topic_list = 'activity_logs',
    kafka_group_name = '${group_prefix}activity_logs',
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
CREATE TABLE activity_logs_intake ENGINE = Null EMPTY AS
SELECT
    * REPLACE (
        assumeNotNull(organization_id) AS organization_id, assumeNotNull(activity_id) AS activity_id,
        assumeNotNull(activity_type) AS activity_type, assumeNotNull(activity_source) AS activity_source,
        assumeNotNull(resource_id) AS resource_id, assumeNotNull(resource_type) AS resource_type,
        assumeNotNull(logged_at) AS logged_at),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    _error AS kafka_error,
    _raw_message AS kafka_value
FROM activity_logs_queue;

-- Nothing here may throw: an exception in a view stops consumption for good. Hence OrNull.
CREATE MATERIALIZED VIEW activity_logs_view TO activity_logs AS
SELECT
    organization_id,
    activity_id,
    activity_type,
    activity_source,
    activity_object,
    activity_object_changes,
    user_id,
    user_email,
    api_key_id,
    resource_id,
    resource_type,
    external_customer_id,
    external_subscription_id,
    logged_at,
    ifNull(kafka_timestamp, toDateTime64(0, 3, 'UTC')) AS created_at,
    toInt32(kafka_partition) AS log_partition,
    toInt64(kafka_offset) AS log_offset
FROM activity_logs_intake
WHERE kafka_error = '';

CREATE MATERIALIZED VIEW activity_logs_error_view TO queue_errors AS
SELECT
    'activity_logs' AS topic,
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
FROM activity_logs_intake
WHERE kafka_error != '';

-- What has no default is null only where a record lacks it. By Avro's rules that is no record of the topic: nothing to try again.
CREATE MATERIALIZED VIEW activity_logs_intake_view TO activity_logs_intake AS
SELECT
    * REPLACE (
        assumeNotNull(organization_id) AS organization_id, assumeNotNull(activity_id) AS activity_id,
        assumeNotNull(activity_type) AS activity_type, assumeNotNull(activity_source) AS activity_source,
        assumeNotNull(resource_id) AS resource_id, assumeNotNull(resource_type) AS resource_type,
        assumeNotNull(logged_at) AS logged_at),
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    _timestamp_ms AS kafka_timestamp,
    if(
        _error = '' AND (
            record.organization_id IS NULL OR record.activity_id IS NULL OR record.activity_type IS NULL OR
            record.activity_source IS NULL OR record.resource_id IS NULL OR record.resource_type IS NULL OR
            record.logged_at IS NULL),
        'a field that has no default is missing',
        _error) AS kafka_error,
    _raw_message AS kafka_value
FROM activity_logs_queue AS record;
