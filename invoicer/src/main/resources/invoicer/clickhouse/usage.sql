-- The usage of some subscriptions in one period that is a total of its events, whatever their order: one row for each charge, filter
-- and group that has events.
--
-- Every aggregation is computed, for the revision of the metric in force at the period's end says which one counts. Charge and
-- filter were resolved when the event was enriched; events that were charged as they came are not billed again. Of a charge that
-- carries its usage over, all earlier events count too, and a group that is empty and had no event in the period is none any more.
-- An event that repeats an earlier one, at another time, never counts.
WITH
    ?                                                                            AS asked_organization,
    ?                                                                            AS asked_external_ids,
    ?                                                                            AS asked_subscriptions,
    toDateTime64(?, 6, 'UTC')                                                    AS period_from,
    toDateTime64(?, 6, 'UTC')                                                    AS seen_until,
    CAST(?, 'Array(String)')                                                     AS carried_charges,
    CAST(?, 'Array(String)')                                                     AS charges_of_texts,
    CAST(?, 'Array(String)')                                                     AS charges_asked_elsewhere,
    if(empty(carried_charges), period_from, toDateTime64('1900-01-01', 6, 'UTC')) AS scanned_from,
    -- As is known before, and then no transaction_id is read.
    (SELECT count() FROM repeated_events WHERE organization_id = asked_organization AND external_subscription_id IN asked_external_ids) = 0 AS nothing_repeats,
    -- Time and arrival as one number, for to compare tuples takes as long as all the rest; and with it whether a text is there.
    bitShiftLeft(toInt128(toUnixTimestamp64Micro(timestamp)), 64) + bitShiftLeft(toInt128(raw_offset), 20) + raw_partition AS at,
    bitShiftLeft(at, 1) + (ifNull(operation, 'add') != 'remove') AS at_and_here
SELECT
    subscription_id,
    charge_id,
    charge_filter_id,
    group_key,
    count()                                                      AS events_count,
    sum(toDecimal256(ifNull(decimal_value, 0), 18))              AS sum_units,
    max(decimal_value)                                           AS max_units,
    argMax(decimal_value, at)                                    AS latest_units,
    -- Of each text only the last operation matters.
    length(arrayFilter(last -> bitAnd(last, 1) = 1, mapValues(maxMapIf(map(value, at_and_here), charge_id IN charges_of_texts)))) AS unique_units,
    sum(toDecimal256(ifNull(precise_total_amount_cents, 0), 18)) AS precise_total_amount_cents
FROM events_enriched_expanded FINAL
-- By the key alone, before FINAL: all versions of a row pass or none does, and what is not asked for is not merged.
PREWHERE organization_id = asked_organization
  AND external_subscription_id IN asked_external_ids
  AND timestamp >= scanned_from
  AND timestamp < seen_until
  AND (timestamp >= period_from OR charge_id IN carried_charges)
  AND charge_id NOT IN charges_asked_elsewhere
WHERE subscription_id IN asked_subscriptions
  AND NOT pay_in_advance
  AND (nothing_repeats
      OR (external_subscription_id, transaction_id, timestamp) NOT IN
          (SELECT * FROM duplicate_events(organization = asked_organization, subscriptions = asked_external_ids)))
GROUP BY subscription_id, charge_id, charge_filter_id, group_key
HAVING max(timestamp) >= period_from OR if(charge_id IN charges_of_texts, unique_units, sum_units) != 0
-- All conditions in one step: to read the columns of the key one after the other costs more than it spares.
SETTINGS do_not_merge_across_partitions_select_final = 1, enable_multiple_prewhere_read_steps = 0
