-- How many events of each subscription in one period are parked: ingested, but neither enriched nor a dead letter.
--
-- Most events are found in the same period of events_enriched; the few that are not are then looked for at any time, because a
-- duplicate may bear another timestamp than the event that was first.
WITH candidates AS
(
    SELECT DISTINCT external_subscription_id, transaction_id
    FROM events_raw
    WHERE organization_id = ?
      AND external_subscription_id IN (SELECT arrayJoin(?))
      AND timestamp >= toDateTime64(?, 6, 'UTC')
      AND timestamp < toDateTime64(?, 6, 'UTC')
      AND (external_subscription_id, transaction_id) NOT IN
      (
          SELECT external_subscription_id, transaction_id
          FROM events_enriched
          WHERE organization_id = ?
            AND external_subscription_id IN (SELECT arrayJoin(?))
            AND timestamp >= toDateTime64(?, 6, 'UTC')
            AND timestamp < toDateTime64(?, 6, 'UTC')
      )
)
SELECT external_subscription_id, count() AS parked
FROM candidates
WHERE (external_subscription_id, transaction_id) NOT IN
      (
          SELECT external_subscription_id, transaction_id
          FROM events_enriched
          WHERE organization_id = ?
            AND external_subscription_id IN (SELECT arrayJoin(?))
            AND transaction_id IN (SELECT transaction_id FROM candidates)
      )
  AND (external_subscription_id, transaction_id) NOT IN
      (
          SELECT external_subscription_id, transaction_id
          FROM events_dead_letter
          WHERE organization_id = ?
            AND external_subscription_id IN (SELECT arrayJoin(?))
      )
GROUP BY external_subscription_id
