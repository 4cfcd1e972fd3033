-- What usage.sql adds up, as it lies in the table: rows, where there are few. Of an event several versions may not be merged yet; which
-- one stands, and what it adds up to, is told by who reads them (UsageRows).
--
-- Blocks are as large as their granules are: to cut them at a number of bytes has ClickHouse read granules in pieces.
--
-- By the key alone: of what is not asked for, or was retracted, the asker must see that it stands.
WITH
    ?                                                                            AS asked_organization,
    ?                                                                            AS asked_external_ids,
    toDateTime64(?, 6, 'UTC')                                                    AS period_from,
    toDateTime64(?, 6, 'UTC')                                                    AS seen_until,
    CAST(?, 'Array(String)')                                                     AS carried_charges,
    CAST(?, 'Array(String)')                                                     AS charges_asked_elsewhere,
    if(empty(carried_charges), period_from, toDateTime64('1900-01-01', 6, 'UTC')) AS scanned_from
SELECT
    external_subscription_id,
    subscription_id,
    charge_id,
    charge_filter_id,
    group_key,
    timestamp,
    row_version,
    raw_partition,
    transaction_uuid,
    transaction_text,
    pay_in_advance,
    is_deleted,
    value,
    operation,
    precise_amount,
    external_subscription_id IN
        (SELECT external_subscription_id FROM repeated_events WHERE organization_id = asked_organization AND external_subscription_id IN asked_external_ids)
FROM events_enriched_expanded
PREWHERE organization_id = asked_organization
  AND external_subscription_id IN asked_external_ids
  AND timestamp >= scanned_from
  AND timestamp < seen_until
  AND (timestamp >= period_from OR charge_id IN carried_charges)
  AND charge_id NOT IN charges_asked_elsewhere
LIMIT ?
SETTINGS enable_multiple_prewhere_read_steps = 0, preferred_block_size_bytes = 0
FORMAT Native
