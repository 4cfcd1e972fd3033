-- The ids of an organization's dead letters in the order in which they became such. Of OPEN and SENDABLE none was ever sent again;
-- those that are SENDABLE can be, and come oldest first: of two events of one id the first shall win, and what fails again comes
-- last. Else the newest are first. Empty text matches anything.
--
-- A record that tells no organization belongs to the one that its key begins with: both are the producer's claim.
WITH
    ? AS asked_organization,
    ? AS asked_reason,
    ? AS asked_code,
    ? AS asked_subscription,
    ? AS asked_transaction,
    ? AS asked_selection,
    ? AS largest,
    if(asked_selection = 'SENDABLE', 1, -1) AS direction
SELECT
    concat(if(origin_topic = 'events_raw', '', concat(origin_topic, '-')), toString(raw_partition), '-', toString(raw_offset)) AS id
FROM events_dead_letter
WHERE organization_id IN (asked_organization, '')
  AND (organization_id != '' OR startsWith(ifNull(origin_key, ''), concat(asked_organization, '/')))
  AND (asked_reason = '' OR reason = asked_reason)
  AND (asked_code = '' OR code = asked_code)
  AND (asked_subscription = '' OR external_subscription_id = asked_subscription)
  AND (asked_transaction = '' OR transaction_id = asked_transaction)
  AND (asked_selection = 'ALL' OR id NOT IN (SELECT dead_letter_id FROM re_drives WHERE organization_id = asked_organization))
  AND (asked_selection != 'SENDABLE' OR (origin_topic = 'events_raw' AND origin_value_size <= largest))
ORDER BY direction * toUnixTimestamp64Milli(dead_lettered_at), raw_partition, direction * raw_offset
LIMIT 1 BY id
