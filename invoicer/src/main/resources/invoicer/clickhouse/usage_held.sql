-- The usage of some subscriptions in one period that depends on how long it is held: each event's value by the time, or the days,
-- that are left when it comes. One row for each charge, filter and group that had events or stands above or below zero.
--
-- What came before the period and is carried over is held for all of it. Days are the customer's: how many are left is asked with
-- the instants at which that changes, for the customer's zone is Java's to know.
WITH
    ?                                                                            AS asked_organization,
    ?                                                                            AS asked_external_ids,
    ?                                                                            AS asked_subscriptions,
    toDateTime64(?, 6, 'UTC')                                                    AS period_from,
    toDateTime64(?, 6, 'UTC')                                                    AS period_to,
    toDateTime64(?, 6, 'UTC')                                                    AS seen_until,
    CAST(?, 'Array(String)')                                                     AS carried_charges,
    CAST(?, 'Array(String)')                                                     AS charges_by_time,
    CAST(?, 'Array(String)')                                                     AS charges_by_day,
    CAST(?, 'Array(Int64)')                                                      AS day_micros,
    CAST(?, 'Array(Int64)')                                                      AS days_left,
    if(empty(carried_charges), period_from, toDateTime64('1900-01-01', 6, 'UTC')) AS scanned_from,
    -- As is known before, and then no transaction_id is read.
    (SELECT count() FROM repeated_events WHERE organization_id = asked_organization AND external_subscription_id IN asked_external_ids) = 0 AS nothing_repeats
SELECT
    subscription_id,
    charge_id,
    charge_filter_id,
    group_key,
    sum(charge_id IN charges_by_day OR timestamp >= period_from) AS events_count,
    sum(units)                                                   AS sum_units,
    sum(units * held)                                            AS held_units
FROM
(
    SELECT
        subscription_id,
        charge_id,
        charge_filter_id,
        group_key,
        timestamp,
        toDecimal256(ifNull(decimal_value, 0), 18)      AS units,
        toUnixTimestamp64Micro(timestamp)               AS micros,
        if(charge_id IN charges_by_time,
            toUnixTimestamp64Micro(period_to) - greatest(micros, toUnixTimestamp64Micro(period_from)),
            transform(roundDown(micros, day_micros), day_micros, days_left)) AS held
    FROM events_enriched_expanded FINAL
    -- By the key alone, before FINAL: all versions of a row pass or none does, and what is not asked for is not merged.
    PREWHERE organization_id = asked_organization
      AND external_subscription_id IN asked_external_ids
      AND timestamp >= scanned_from
      AND timestamp < seen_until
      AND (timestamp >= period_from OR charge_id IN carried_charges)
      AND (charge_id IN charges_by_time OR charge_id IN charges_by_day)
    WHERE subscription_id IN asked_subscriptions
      AND NOT pay_in_advance
      AND (nothing_repeats
          OR (external_subscription_id, transaction_id, timestamp) NOT IN
              (SELECT * FROM duplicate_events(organization = asked_organization, subscriptions = asked_external_ids)))
)
GROUP BY subscription_id, charge_id, charge_filter_id, group_key
HAVING max(timestamp) >= period_from OR sum_units != 0
SETTINGS do_not_merge_across_partitions_select_final = 1
