-- The ids of an organization's open dead letters in the order in which they became such: those that were never sent again, and whose
-- event does not count since by the very record that was refused. Who asks may want either of these, too. Those that are sendable
-- come oldest first: of two events of one id the first shall win, and what fails again comes last. Else the newest are first. Empty
-- text matches anything.
--
-- A record that tells no organization belongs to the one that its key begins with: both are the producer's claim.
WITH
    ? AS asked_organization,
    ? AS asked_reason,
    ? AS asked_code,
    ? AS asked_subscription,
    ? AS asked_transaction,
    ? AS with_re_driven,
    ? AS with_enriched,
    ? AS sendable_only,
    ? AS largest,
    if(sendable_only, 1, -1) AS direction,
    letters AS
    (
        SELECT
            concat(if(origin_topic = 'events_raw', '', concat(origin_topic, '-')), toString(raw_partition), '-', toString(raw_offset)) AS id,
            external_subscription_id,
            transaction_id,
            timestamp,
            origin_topic,
            raw_partition,
            raw_offset,
            dead_lettered_at
        FROM events_dead_letter
        WHERE organization_id IN (asked_organization, '')
          AND (organization_id != '' OR startsWith(ifNull(origin_key, ''), concat(asked_organization, '/')))
          AND (asked_reason = '' OR reason = asked_reason)
          AND (asked_code = '' OR code = asked_code)
          AND (asked_subscription = '' OR external_subscription_id = asked_subscription)
          AND (asked_transaction = '' OR transaction_id = asked_transaction)
          AND (NOT sendable_only OR (origin_topic = 'events_raw' AND origin_value_size <= largest))
          AND (with_re_driven OR id NOT IN (SELECT dead_letter_id FROM re_drives WHERE organization_id = asked_organization))
    )
SELECT id
FROM letters
WHERE with_enriched
   OR origin_topic != 'events_raw'
   OR (raw_partition, raw_offset) NOT IN
      (
          -- Only the keys of the letters are read.
          SELECT raw_partition, raw_offset
          FROM events_enriched FINAL
          WHERE organization_id = asked_organization
            AND (external_subscription_id, timestamp, transaction_id) IN
                (
                    SELECT external_subscription_id, assumeNotNull(timestamp), transaction_id
                    FROM letters
                    WHERE NOT with_enriched AND timestamp IS NOT NULL
                )
      )
ORDER BY direction * toUnixTimestamp64Milli(dead_lettered_at), raw_partition, direction * raw_offset
LIMIT 1 BY id
