-- events_enriched_expanded with a quarter of the rows in a granule, and of the bytes in what is compressed at a time: a subscription has
-- some hundred rows in each part, and what lies around them is read and decompressed in vain. It takes a percent more of disk.
--
-- Rows that are there keep their granules until they are merged. Nobody begins to write while scripts run; who has begun is waited for,
-- where there are rows at all. Merges: see R__merges.
DROP TABLE IF EXISTS events_enriched_expanded_finer SYNC SETTINGS max_table_size_to_drop = 0;

CREATE TABLE events_enriched_expanded_finer AS events_enriched_expanded
ENGINE = ReplacingMergeTree(row_version, is_deleted)
ORDER BY (organization_id, external_subscription_id, charge_id, timestamp, transaction_uuid, transaction_text)
PARTITION BY (toYear(timestamp) * 12 + toMonth(timestamp)) % 96
SETTINGS index_granularity = 2048, min_compress_block_size = 16384, merge_selector_base = 20, min_parts_to_merge_at_once = 15;

SELECT sleepEachRow(5) FROM (SELECT 1 FROM events_enriched_expanded LIMIT 1) SETTINGS function_sleep_max_microseconds_per_block = 5000000;

ALTER TABLE events_enriched_expanded_finer ATTACH PARTITION ALL FROM events_enriched_expanded;

EXCHANGE TABLES events_enriched_expanded AND events_enriched_expanded_finer;

DROP TABLE events_enriched_expanded_finer SYNC SETTINGS max_table_size_to_drop = 0;
