-- Activities of an organization, the newest first. An entry that came twice has the same id; its copies may lie in different partitions.
WITH
    ? AS asked_organization,
    ? AS asked_id,
    toDateTime64(?, 6, 'UTC') AS asked_from,
    toDateTime64(?, 6, 'UTC') AS asked_to,
    CAST(?, 'Array(String)') AS asked_types,
    CAST(?, 'Array(String)') AS asked_sources,
    CAST(?, 'Array(String)') AS asked_emails,
    ? AS asked_customer,
    ? AS asked_subscription,
    CAST(?, 'Array(String)') AS asked_resources,
    CAST(?, 'Array(String)') AS asked_resource_types
SELECT
    activity_id,
    activity_type,
    activity_source,
    activity_object,
    activity_object_changes,
    user_email,
    api_key_id,
    external_customer_id,
    external_subscription_id,
    resource_id,
    resource_type,
    organization_id,
    toUnixTimestamp64Micro(logged_at) AS logged_micros,
    toUnixTimestamp64Milli(created_at) * 1000 AS created_micros
FROM activity_logs
WHERE organization_id = asked_organization
  AND logged_at >= asked_from AND logged_at < asked_to
  AND (asked_id = '' OR activity_id = asked_id)
  AND (empty(asked_types) OR has(asked_types, activity_type))
  AND (empty(asked_sources) OR has(asked_sources, activity_source))
  AND (empty(asked_emails) OR has(asked_emails, ifNull(user_email, '')))
  AND (asked_customer = '' OR external_customer_id = asked_customer)
  AND (asked_subscription = '' OR external_subscription_id = asked_subscription)
  AND (empty(asked_resources) OR has(asked_resources, resource_id))
  AND (empty(asked_resource_types) OR has(asked_resource_types, resource_type))
ORDER BY logged_at DESC, activity_id
LIMIT 1 BY activity_id
