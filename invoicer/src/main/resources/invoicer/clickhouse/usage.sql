-- The usage of some subscriptions in one period: one row for each charge, filter and group that has events.
--
-- Every aggregation is computed, for the revision of the metric in force at the period's end says which one counts. Charge and
-- filter were resolved when the event was enriched; events that were charged as they came are not billed again.
SELECT
    subscription_id,
    charge_id,
    charge_filter_id,
    grouped_by,
    sum(events)               AS events_count,
    sum(total)                AS sum_units,
    max(highest)              AS max_units,
    argMax(last, last_at)     AS latest_units,
    countIf(counted AND here) AS unique_units,
    sum(own_price)            AS precise_total_amount_cents
FROM
(
    -- For a unique count one row for each text, of which only the last operation matters; else one row.
    SELECT
        subscription_id,
        charge_id,
        charge_filter_id,
        mapSort(grouped_by)                                                                       AS grouped_by,
        aggregation_type = 'unique_count_agg'                                                     AS counted,
        if(counted, value, '')                                                                    AS text,
        count()                                                                                   AS events,
        sum(toDecimal256(ifNull(decimal_value, 0), 18))                                           AS total,
        max(decimal_value)                                                                        AS highest,
        argMax(decimal_value, (timestamp, raw_offset, raw_partition))                             AS last,
        max((timestamp, raw_offset, raw_partition))                                               AS last_at,
        argMax(ifNull(operation, 'add') != 'remove', (timestamp, raw_offset, raw_partition))      AS here,
        sum(toDecimal256(ifNull(precise_total_amount_cents, 0), 18))                              AS own_price
    FROM events_enriched_expanded FINAL
    WHERE organization_id = ?
      AND external_subscription_id IN (SELECT arrayJoin(?))
      AND subscription_id IN (SELECT arrayJoin(?))
      AND timestamp >= toDateTime64(?, 6, 'UTC')
      AND timestamp < toDateTime64(?, 6, 'UTC')
      AND NOT pay_in_advance
    GROUP BY subscription_id, charge_id, charge_filter_id, grouped_by, counted, text
)
GROUP BY subscription_id, charge_id, charge_filter_id, grouped_by
SETTINGS do_not_merge_across_partitions_select_final = 1
