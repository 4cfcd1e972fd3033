-- What was made of some events, which are asked for by three lists of the same length: subscription, event time, transaction. Of
-- each the last version, also where it retracts the event.
WITH
    ? AS asked_organization,
    ? AS asked_subscriptions,
    ? AS asked_times,
    ? AS asked_transactions
SELECT
    external_subscription_id,
    transaction_id,
    toUnixTimestamp64Micro(timestamp)   AS timestamp_micros,
    subscription_id,
    plan_id,
    aggregation_type,
    value,
    operation,
    raw_partition,
    raw_offset,
    toUnixTimestamp64Milli(ingested_at) AS ingested_millis,
    enrichment_version,
    is_deleted
FROM events_enriched
WHERE organization_id = asked_organization
  AND (external_subscription_id, timestamp, transaction_id) IN
      (
          SELECT asked.1, fromUnixTimestamp64Micro(toInt64(asked.2), 'UTC'), asked.3
          FROM (SELECT arrayJoin(arrayZip(asked_subscriptions, asked_times, asked_transactions)) AS asked)
      )
ORDER BY row_version DESC
LIMIT 1 BY external_subscription_id, timestamp, transaction_id
