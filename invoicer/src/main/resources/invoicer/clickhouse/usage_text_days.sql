-- On how many days of one period the texts of a unique count were present, such as seats, and how many are in the end: one row for
-- each charge, filter and group that had events or has a text.
--
--  days left       6    5    4    3    2    1
--  seat a          +────────── −                    3 days: that of the removal counts
--  seat b               +−+−        +────────       1 + 3 days: once for day 5, whatever happened on it
--
-- A day is named by the days that are left with it; all that came before the first is one day more.
WITH
    ?                          AS asked_organization,
    ?                          AS asked_external_ids,
    ?                          AS asked_subscriptions,
    toDateTime64(?, 6, 'UTC')  AS period_from,
    toDateTime64(?, 6, 'UTC')  AS seen_until,
    CAST(?, 'Array(String)')   AS charges_of_texts,
    CAST(?, 'Array(Int64)')    AS day_micros,
    CAST(?, 'Array(Int64)')    AS days_left,
    days_left[1] + 1           AS before,
    -- As is known before, and then no transaction_id is read.
    (SELECT count() FROM repeated_events WHERE organization_id = asked_organization AND external_subscription_id IN asked_external_ids) = 0 AS nothing_repeats
SELECT
    subscription_id,
    charge_id,
    charge_filter_id,
    group_key,
    sum(events)                  AS events_count,
    countIf(is_last AND present) AS unique_units,
    -- A day with events counts where the text is there at any moment, the days up to the next with events where it stays.
    sum(if(day < before AND day > 0 AND (added OR present_before), 1, 0) + if(present, greatest(day - 1 - next_day, 0), 0)) AS held_units
FROM
(
    SELECT
        *,
        lagInFrame(present, 1, false) OVER of_a_text                AS present_before,
        leadInFrame(day, 1, toInt64(0)) OVER of_a_text              AS next_day,
        row_number() OVER of_a_text = count() OVER of_a_text        AS is_last
    FROM
    (
        SELECT
            subscription_id,
            charge_id,
            charge_filter_id,
            group_key,
            value                                                                                          AS text,
            if(toUnixTimestamp64Micro(timestamp) < day_micros[1], before,
                transform(roundDown(toUnixTimestamp64Micro(timestamp), day_micros), day_micros, days_left)) AS day,
            count()                                                                                        AS events,
            max(timestamp) >= period_from                                                                  AS used,
            countIf(ifNull(operation, 'add') != 'remove') > 0                                              AS added,
            argMax(ifNull(operation, 'add') != 'remove', (timestamp, raw_offset, raw_partition))           AS present
        FROM events_enriched_expanded FINAL
        -- By the key alone, before FINAL: all versions of a row pass or none does, and what is not asked for is not merged.
        PREWHERE organization_id = asked_organization
          AND external_subscription_id IN asked_external_ids
          AND timestamp < seen_until
          AND charge_id IN charges_of_texts
        WHERE subscription_id IN asked_subscriptions
          AND NOT pay_in_advance
          AND (nothing_repeats
              OR (external_subscription_id, transaction_id, timestamp) NOT IN
                  (SELECT * FROM duplicate_events(organization = asked_organization, subscriptions = asked_external_ids)))
        GROUP BY subscription_id, charge_id, charge_filter_id, group_key, text, day
    )
    WINDOW of_a_text AS
    (
        PARTITION BY subscription_id, charge_id, charge_filter_id, group_key, text
        ORDER BY day DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
)
GROUP BY subscription_id, charge_id, charge_filter_id, group_key
HAVING max(used) OR unique_units > 0
SETTINGS do_not_merge_across_partitions_select_final = 1
