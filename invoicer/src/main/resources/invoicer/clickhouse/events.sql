-- An organization's events as they were taken, duplicates and unbillable ones included: one row for each record of events_raw. Empty
-- text matches anything; times are microseconds since 1970, both inclusive.
--
-- Those of a subscription are found by the table's key, those of a transaction by its index.
WITH
    ? AS asked_organization,
    ? AS asked_subscription,
    ? AS asked_transaction,
    ? AS asked_code,
    ? AS asked_from,
    ? AS asked_to
SELECT
    external_subscription_id,
    transaction_id,
    code,
    toUnixTimestamp64Micro(timestamp)   AS timestamp_micros,
    properties,
    precise_total_amount_cents,
    source,
    raw_partition,
    raw_offset,
    toUnixTimestamp64Milli(ingested_at) AS ingested_millis
FROM events_raw
WHERE organization_id = asked_organization
  AND (asked_subscription = '' OR external_subscription_id = asked_subscription)
  AND (asked_transaction = '' OR transaction_id = asked_transaction)
  AND (asked_code = '' OR code = asked_code)
  AND timestamp >= fromUnixTimestamp64Micro(toInt64(asked_from), 'UTC')
  AND timestamp <= fromUnixTimestamp64Micro(toInt64(asked_to), 'UTC')
