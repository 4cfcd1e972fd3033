-- The fees that one event was charged as it came, at one or more event times. A fee stays, also where the event counts in another
-- charge by now.
SELECT
    toUnixTimestamp64Micro(timestamp)   AS timestamp_micros,
    charge_id,
    charge_filter_id,
    plan_revision,
    grouped_by,
    toUnixTimestamp64Micro(period_from) AS period_from_micros,
    toUnixTimestamp64Micro(period_to)   AS period_to_micros,
    units,
    amount_currency,
    amount_cents,
    precise_amount_cents,
    total_units,
    total_amount_cents
FROM events_charged_in_advance FINAL
WHERE organization_id = ?
  AND external_subscription_id = ?
  AND transaction_id = ?
  AND timestamp IN (SELECT fromUnixTimestamp64Micro(toInt64(arrayJoin(?)), 'UTC'))
ORDER BY timestamp, charge_id
SETTINGS do_not_merge_across_partitions_select_final = 1
