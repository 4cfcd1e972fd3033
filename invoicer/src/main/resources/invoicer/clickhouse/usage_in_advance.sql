-- What some subscriptions were charged as it came in one period: one row for each charge, filter and group that has events. Fees
-- carry what rounding left out of the ones before, and so add up to the price of the period.
WITH
    ?                         AS asked_organization,
    ?                         AS asked_external_ids,
    ?                         AS asked_subscriptions,
    toDateTime64(?, 6, 'UTC') AS period_from,
    toDateTime64(?, 6, 'UTC') AS seen_until
SELECT
    subscription_id,
    charge_id,
    charge_filter_id,
    toJSONString(mapSort(grouped_by))         AS group_key,
    count()                                   AS events_count,
    sum(toDecimal256(ifNull(units, 0), 18))   AS sum_units,
    sum(amount_cents)                         AS amount_cents
FROM events_charged_in_advance FINAL
WHERE organization_id = asked_organization
  AND external_subscription_id IN asked_external_ids
  AND subscription_id IN asked_subscriptions
  AND timestamp >= period_from
  AND timestamp < seen_until
GROUP BY subscription_id, charge_id, charge_filter_id, group_key
SETTINGS do_not_merge_across_partitions_select_final = 1
