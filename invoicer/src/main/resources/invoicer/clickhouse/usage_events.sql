-- The events of some charges in one period, and of those that carry their usage over all earlier ones, in order: for prices that
-- depend on each event.
WITH
    ?                                                                            AS asked_organization,
    ?                                                                            AS asked_external_ids,
    ?                                                                            AS asked_subscriptions,
    toDateTime64(?, 6, 'UTC')                                                    AS period_from,
    toDateTime64(?, 6, 'UTC')                                                    AS seen_until,
    CAST(?, 'Array(String)')                                                     AS carried_charges,
    CAST(?, 'Array(String)')                                                     AS charges_in_order,
    if(empty(carried_charges), period_from, toDateTime64('1900-01-01', 6, 'UTC')) AS scanned_from,
    -- As is known before, and then no transaction_id is read.
    (SELECT count() FROM repeated_events WHERE organization_id = asked_organization AND external_subscription_id IN asked_external_ids) = 0 AS nothing_repeats
SELECT
    subscription_id,
    charge_id,
    charge_filter_id,
    group_key,
    toUnixTimestamp64Micro(timestamp) AS timestamp_micros,
    raw_offset,
    value,
    operation
FROM events_enriched_expanded FINAL
-- By the key alone, before FINAL: all versions of a row pass or none does, and what is not asked for is not merged.
PREWHERE organization_id = asked_organization
  AND external_subscription_id IN asked_external_ids
  AND timestamp >= scanned_from
  AND timestamp < seen_until
  AND (timestamp >= period_from OR charge_id IN carried_charges)
  AND charge_id IN charges_in_order
WHERE subscription_id IN asked_subscriptions
  AND NOT pay_in_advance
  AND (nothing_repeats
      OR (external_subscription_id, transaction_id, timestamp) NOT IN
          (SELECT * FROM duplicate_events(organization = asked_organization, subscriptions = asked_external_ids)))
ORDER BY subscription_id, charge_id, charge_filter_id, group_key, timestamp, raw_offset, raw_partition
SETTINGS do_not_merge_across_partitions_select_final = 1
