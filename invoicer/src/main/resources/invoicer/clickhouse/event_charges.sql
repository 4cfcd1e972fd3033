-- The charges that one event counts in, at one or more event times: a repetition may bear another.
SELECT
    toUnixTimestamp64Micro(timestamp) AS timestamp_micros,
    subscription_id,
    charge_id,
    charge_filter_id,
    plan_revision,
    grouped_by,
    pay_in_advance,
    value,
    operation,
    raw_partition,
    raw_offset,
    enrichment_version
FROM events_enriched_expanded FINAL
WHERE organization_id = ?
  AND external_subscription_id = ?
  AND transaction_id = ?
  AND timestamp IN (SELECT fromUnixTimestamp64Micro(toInt64(arrayJoin(?)), 'UTC'))
ORDER BY timestamp, charge_id
SETTINGS do_not_merge_across_partitions_select_final = 1
