-- Some dead letters of an organization, with or without their original values, when each was last sent again, and whether its event
-- counts since by the very record that was refused. Of one that was written twice, the last.
WITH
    ? AS asked_organization,
    ? AS asked_ids,
    ? AS with_values,
    letters AS
    (
        SELECT
            concat(if(origin_topic = 'events_raw', '', concat(origin_topic, '-')), toString(raw_partition), '-', toString(raw_offset)) AS id,
            organization_id,
            external_subscription_id,
            transaction_id,
            code,
            timestamp,
            stage,
            reason,
            message,
            toUnixTimestamp64Milli(ingested_at)             AS ingested_millis,
            toUnixTimestamp64Milli(dead_lettered_at)        AS dead_lettered_millis,
            origin_topic,
            raw_partition,
            raw_offset,
            base64Encode(origin_key)                        AS origin_key_base64,
            if(with_values, base64Encode(origin_value), '') AS origin_value_base64,
            origin_value_size,
            origin_value_sha256
        FROM events_dead_letter
        WHERE organization_id IN (asked_organization, '')
          AND (organization_id != '' OR startsWith(ifNull(origin_key, ''), concat(asked_organization, '/')))
          -- Offsets are compared faster than ids, and leave few of them.
          AND raw_offset IN (SELECT toInt64OrZero(extract(arrayJoin(asked_ids), '[0-9]+$')))
          AND has(asked_ids, id)
        ORDER BY dead_lettered_at DESC, dead_letter_offset DESC
        LIMIT 1 BY id
    )
SELECT
    letter.*,
    toUnixTimestamp64Micro(letter.timestamp) AS timestamp_micros,
    last.re_driven_millis                    AS re_driven_millis,
    last.re_driven_as                        AS re_driven_as,
    letter.origin_topic = 'events_raw' AND (letter.raw_partition, letter.raw_offset) IN
    (
        SELECT raw_partition, raw_offset
        FROM events_enriched FINAL
        WHERE organization_id = asked_organization
          AND (external_subscription_id, timestamp, transaction_id) IN
              (
                  SELECT external_subscription_id, assumeNotNull(timestamp), transaction_id
                  FROM letters
                  WHERE timestamp IS NOT NULL
              )
    ) AS enriched
FROM letters AS letter
LEFT JOIN
(
    SELECT
        dead_letter_id,
        toUnixTimestamp64Milli(max(re_driven_at)) AS re_driven_millis,
        argMax(re_driven_as, re_driven_at)        AS re_driven_as
    FROM re_drives
    WHERE organization_id = asked_organization
      AND dead_letter_id IN (SELECT arrayJoin(asked_ids))
    GROUP BY dead_letter_id
) AS last ON last.dead_letter_id = letter.id
SETTINGS join_use_nulls = 1, do_not_merge_across_partitions_select_final = 1
