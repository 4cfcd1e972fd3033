-- The events of some subscriptions that are not to be counted: of the events with one transaction id that hold, all but the one whose
-- record came first. It is told by what is in events_enriched now, so an event counts again once the first is retracted.
--
-- Where no event of these subscriptions bears several times, nothing of events_enriched is read.
CREATE OR REPLACE VIEW duplicate_events AS
SELECT external_subscription_id, transaction_id, timestamp
FROM
(
    SELECT
        external_subscription_id,
        transaction_id,
        timestamp,
        (raw_offset, raw_partition)                                                AS place,
        min(place) OVER (PARTITION BY external_subscription_id, transaction_id)    AS first
    FROM events_enriched FINAL
    PREWHERE organization_id = {organization:String}
      AND (external_subscription_id, timestamp, transaction_id) IN
      (
          SELECT external_subscription_id, timestamp, transaction_id
          FROM repeated_events
          WHERE organization_id = {organization:String}
            AND external_subscription_id IN {subscriptions:Array(String)}
      )
)
WHERE place > first;
