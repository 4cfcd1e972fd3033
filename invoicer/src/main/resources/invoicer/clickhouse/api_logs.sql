-- Requests of an organization's keys, the newest first. An entry that came twice has the same id; its copies may lie in different partitions.
WITH
    ? AS asked_organization,
    ? AS asked_id,
    toDateTime64(?, 6, 'UTC') AS asked_from,
    toDateTime64(?, 6, 'UTC') AS asked_to,
    CAST(?, 'Array(String)') AS asked_methods,
    CAST(?, 'Array(String)') AS asked_statuses,
    ? AS asked_version,
    ? AS asked_path
SELECT
    request_id,
    api_key_id,
    api_version,
    client,
    http_method,
    http_status,
    request_origin,
    request_path,
    request_body,
    request_response,
    toUnixTimestamp64Micro(logged_at) AS logged_micros,
    toUnixTimestamp64Milli(created_at) * 1000 AS created_micros
FROM api_logs
WHERE organization_id = asked_organization
  AND logged_at >= asked_from AND logged_at < asked_to
  AND (asked_id = '' OR request_id = asked_id)
  AND (empty(asked_methods) OR has(asked_methods, http_method))
  AND (empty(asked_statuses)
       OR has(asked_statuses, toString(http_status))
       OR has(asked_statuses, if(http_status < 400, 'succeeded', 'failed')))
  AND (asked_version = '' OR api_version = asked_version)
  AND (asked_path = '' OR position(request_path, asked_path) > 0)
ORDER BY logged_at DESC, request_id
LIMIT 1 BY request_id
