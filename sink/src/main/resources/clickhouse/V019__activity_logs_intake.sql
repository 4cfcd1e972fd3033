-- The way into activity_logs: the sink puts the records of the topic into the intake, field by field, and where each lies.
--
--   activity_logs_intake ──▶ activity_logs_view ─▶ activity_logs
CREATE TABLE IF NOT EXISTS activity_logs_intake
(
    organization_id           String,
    activity_id               String,
    activity_type             String,
    activity_source           String,
    activity_object           Map(String, String),
    activity_object_changes   Map(String, String),
    user_id                   Nullable(String),
    user_email                Nullable(String),
    api_key_id                Nullable(String),
    resource_id               String,
    resource_type             String,
    external_customer_id      Nullable(String),
    external_subscription_id  Nullable(String),
    logged_at                 DateTime64(6, 'UTC'),
    kafka_partition           Int32,
    kafka_offset              Int64,
    kafka_timestamp           DateTime64(3, 'UTC')
)
ENGINE = Null;

-- Nothing here may throw: an exception in a view stops the topic for good. Hence OrNull.
CREATE MATERIALIZED VIEW IF NOT EXISTS activity_logs_view TO activity_logs AS
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
    kafka_timestamp AS created_at,
    kafka_partition AS log_partition,
    kafka_offset AS log_offset
FROM activity_logs_intake;
