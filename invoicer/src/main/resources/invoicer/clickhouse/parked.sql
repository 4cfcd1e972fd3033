-- How many events of each subscription in one period are parked: ingested, but neither enriched nor a dead letter.
--
-- Most events are found in the same period of events_enriched; the few that are not are then looked for at any time, because a
-- duplicate may bear another timestamp than the event that was first. An enrichment that was retracted is none.
--
-- A dead letter answers for the record that it was, and for what came before it was written: its event's duplicates. What came
-- later and is not enriched waits, such as a dead letter that was sent again.
WITH candidates AS
(
    SELECT external_subscription_id, transaction_id, raw_partition, raw_offset, ingested_at
    FROM events_raw
    WHERE organization_id = ?
      AND external_subscription_id IN (SELECT arrayJoin(?))
      AND timestamp >= toDateTime64(?, 6, 'UTC')
      AND timestamp < toDateTime64(?, 6, 'UTC')
      AND (external_subscription_id, transaction_id) NOT IN
      (
          SELECT external_subscription_id, transaction_id
          FROM events_enriched FINAL
          WHERE organization_id = ?
            AND external_subscription_id IN (SELECT arrayJoin(?))
            AND timestamp >= toDateTime64(?, 6, 'UTC')
            AND timestamp < toDateTime64(?, 6, 'UTC')
      )
)
SELECT external_subscription_id, uniqExact(transaction_id) AS parked
FROM candidates
LEFT JOIN
(
    SELECT
        external_subscription_id,
        transaction_id,
        max(dead_lettered_at)                    AS last_dead_lettered_at,
        groupArray((raw_partition, raw_offset))  AS places
    FROM events_dead_letter
    WHERE organization_id = ?
      AND external_subscription_id IN (SELECT arrayJoin(?))
      AND origin_topic = 'events_raw'
    GROUP BY external_subscription_id, transaction_id
) AS letters USING (external_subscription_id, transaction_id)
WHERE (external_subscription_id, transaction_id) NOT IN
      (
          SELECT external_subscription_id, transaction_id
          FROM events_enriched FINAL
          WHERE organization_id = ?
            AND external_subscription_id IN (SELECT arrayJoin(?))
            AND transaction_id IN (SELECT transaction_id FROM candidates)
      )
  AND (empty(places) OR (ingested_at > last_dead_lettered_at AND NOT has(places, (raw_partition, raw_offset))))
GROUP BY external_subscription_id
SETTINGS do_not_merge_across_partitions_select_final = 1
